"""How forms are drawn: a browser takes all that somebody pastes, and a list says what its first line means."""

from typing import Any

from django.db.models.fields import BLANK_CHOICE_DASH
from django.forms.renderers import TemplatesSetting
from django.http import HttpRequest
from django.utils.translation import gettext as _

_DASHES = BLANK_CHOICE_DASH[0][1]


class WholeTextRenderer(TemplatesSetting):
    """Django's renderer from templates, without `maxlength`: it makes browsers cut a pasted text without a word.

    The server says what is too long, by how much, and keeps what was typed.
    """

    def render(self, template_name: str, context: dict[str, Any], request: HttpRequest | None = None) -> str:
        if widget := context.get("widget"):
            for part in (widget, *widget.get("subwidgets", ())):
                part["attrs"].pop("maxlength", None)
            for _group, options, _index in widget.get("optgroups", ()):
                # A group may be empty, as in the admin’s lists of related rows.
                for option in options[:1]:
                    _say_nothing(option, required=widget["required"])
        return self.draw(template_name, context, request)

    def draw(self, template_name: str, context: dict[str, Any], request: HttpRequest | None) -> str:
        return super().render(template_name, context, request)


def _say_nothing(option: dict[str, Any], *, required: bool) -> None:
    if option["label"] == _DASHES:
        option["label"] = _("Choisissez dans la liste") if required else _("Aucun choix")
