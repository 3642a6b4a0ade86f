"""How forms are drawn, so that a browser takes all that somebody pastes."""

from typing import Any

from django.forms.renderers import TemplatesSetting
from django.http import HttpRequest


class WholeTextRenderer(TemplatesSetting):
    """Django's renderer from templates, without `maxlength`: it makes browsers cut a pasted text without a word.

    The server says what is too long, by how much, and keeps what was typed.
    """

    def render(self, template_name: str, context: dict[str, Any], request: HttpRequest | None = None) -> str:
        if widget := context.get("widget"):
            for part in (widget, *widget.get("subwidgets", ())):
                part["attrs"].pop("maxlength", None)
        return self.draw(template_name, context, request)

    def draw(self, template_name: str, context: dict[str, Any], request: HttpRequest | None) -> str:
        return super().render(template_name, context, request)
