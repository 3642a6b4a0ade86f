"""The rows of a form in which people write further periods of a card: two fields a row, blank rows at the end."""

from itertools import zip_longest
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _, gettext_lazy

from access.periods import Period, Stored, parse_periods, read_periods, show_periods, store_periods
from fixaloop.forms.parsing import parse_moment
from fixaloop.words.dates import local

BLANK_ROWS = 2


class Rows(list[tuple[str, str]]):
    """Periods as they are typed."""

    def __str__(self) -> str:
        return " | ".join(f"{start} – {end}" for start, end in self)


class PeriodsWidget(forms.Widget):
    template_name = "access/_period_rows.html"

    def value_from_datadict(self, data: Any, files: Any, name: str) -> Rows | None:
        ends = [data.getlist(f"{name}_{end}") if hasattr(data, "getlist") else [] for end in ("start", "end")]
        typed = [(start.strip(), end.strip()) for start, end in zip_longest(*ends, fillvalue="")]
        return Rows(row for row in typed if any(row))

    def value_omitted_from_data(self, data: Any, files: Any, name: str) -> bool:
        return f"{name}_start" not in data

    def id_for_label(self, id_: str) -> str:
        return f"{id_}_1" if id_ else id_

    def get_context(self, name: str, value: Any, attrs: dict[str, Any] | None) -> dict[str, Any]:
        context = super().get_context(name, value, attrs)
        return context | {"rows": [*(value or ()), *[("", "")] * BLANK_ROWS]}


class PeriodsField(forms.Field):
    widget = PeriodsWidget

    def __init__(self) -> None:
        super().__init__(
            label=gettext_lazy("Autres périodes"),
            required=False,
            help_text=gettext_lazy(
                "À la minute près, après le dernier jour ci-dessus. Pour en retirer une, videz ses deux champs ;"
                " enregistrez pour avoir d’autres lignes."
            ),
        )

    def prepare_value(self, value: Any) -> Any:
        if isinstance(value, Rows):
            return value
        return Rows((_input(period.start), _input(period.end)) for period in read_periods(value or []))

    def clean(self, value: Rows | None) -> Stored:
        return store_periods(_period(start, end) for start, end in value or ())

    def has_changed(self, initial: Any, data: Any) -> bool:
        return list(self.prepare_value(initial)) != list(data or ())


def _input(moment: Any) -> str:
    return f"{local(moment):%Y-%m-%dT%H:%M}"


def _period(start: str, end: str) -> Period:
    first, last = parse_moment(start), parse_moment(end)
    if first is None or last is None:
        raise ValidationError(_("Une période a un début et une fin."))
    return Period(first, last)


class PeriodsText(forms.CharField):
    """The same as one text, where there is no room for rows: “01/12/2026 08:00 – 05/12/2026 18:00 | …”."""

    def prepare_value(self, value: Any) -> Any:
        return show_periods(value) if isinstance(value, list) else value

    def clean(self, value: Any) -> Any:
        return parse_periods(super().clean(value) or "")

    def has_changed(self, initial: Any, data: Any) -> bool:
        return str(self.prepare_value(initial) or "") != str(data or "")
