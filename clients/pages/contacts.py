"""The rows of a form in which people write further phones and e-mails of a client."""

from itertools import zip_longest
from typing import Any

from django import forms
from django.http import QueryDict

from clients.values.contacts import Line, read_lines, write_lines

NAME = "other_contacts"
LABELS = f"{NAME}_label"
# The button that adds, moves or removes a row, and sends the form only to be shown again: “add”, “up-2”.
BUTTON = "contacts"


class ContactsWidget(forms.Widget):
    """Two fields a row, and a blank row at the end. With `arranged`, buttons that add, move and remove rows."""

    template_name = "clients/_contact_rows.html"

    def __init__(self, *, arranged: bool = True) -> None:
        super().__init__()
        self.arranged = arranged

    def value_from_datadict(self, data: Any, files: Any, name: str) -> str | None:
        return write_lines(row for row in rows_of(data, name) if row.value or row.label) if name in data else None

    def value_omitted_from_data(self, data: Any, files: Any, name: str) -> bool:
        return name not in data

    def id_for_label(self, id_: str) -> str:
        return f"{id_}_1" if id_ else id_

    def get_context(self, name: str, value: Any, attrs: dict[str, Any] | None) -> dict[str, Any]:
        context = super().get_context(name, value, attrs)
        rows = value if isinstance(value, list) else read_lines(value or "")
        if not rows or rows[-1].value:
            rows = [*rows, Line("")]
        invalid = context["widget"]["attrs"].get("aria-invalid") == "true"
        return context | {
            "rows": rows,
            "labels": f"{name}_label",
            "invalid": invalid,
            "arranged": self.arranged,
            "button": BUTTON,
        }


class ContactsField(forms.CharField):
    widget = ContactsWidget


def rows_of(data: Any, name: str = NAME) -> list[Line]:
    values, labels = (_all(data, key) for key in (name, f"{name}_label"))
    return [
        Line(" ".join(value.split()), " ".join(label.split()))
        for value, label in zip_longest(values, labels, fillvalue="")
    ]


def _all(data: Any, name: str) -> list[str]:
    return data.getlist(name) if hasattr(data, "getlist") else [data[name]] if name in data else []


def is_arranging(sent: QueryDict) -> bool:
    return BUTTON in sent


def arranged(sent: QueryDict) -> dict[str, Any]:
    """What was typed, with the rows as the button that was pressed wants them."""
    typed = as_typed(sent)
    rows = typed[NAME]
    verb, _dash, place = str(sent[BUTTON]).partition("-")
    at = int(place) if place.isascii() and place.isdigit() else -1
    if verb == "add":
        rows.append(Line(""))
    elif 0 <= at < len(rows):
        _arrange(rows, verb, at, typed)
    return typed


def as_typed(sent: QueryDict) -> dict[str, Any]:
    typed: dict[str, Any] = {name: value for name, value in sent.items() if name not in (NAME, LABELS, BUTTON)}
    return typed | {NAME: rows_of(sent)}


def _arrange(rows: list[Line], verb: str, at: int, typed: dict[str, Any]) -> None:
    row = rows.pop(at)
    if verb == "up":
        rows.insert(max(at - 1, 0), row)
    elif verb == "main":
        main = "email" if row.is_email else "phone"
        former, typed[main] = str(typed.get(main, "")).strip(), row.value
        if former:
            rows.insert(0, Line(former))
