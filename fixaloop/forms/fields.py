"""Form fields for amounts, durations, moments and days as people write them."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.formats import get_format

from fixaloop.forms.parsing import parse_amount, parse_day, parse_moment, parse_months
from fixaloop.words.money import amount_error

LONGEST = 60


class PickerInput(forms.TextInput):
    """The browser's own picker of days or moments; a plain text field where it holds what such a picker would drop."""

    def __init__(self, kind: str) -> None:
        super().__init__(attrs={"type": kind, "autocomplete": "off"})
        self.kind = kind

    def get_context(self, name: str, value: Any, attrs: dict[str, Any] | None) -> dict[str, Any]:
        context = super().get_context(name, value, attrs)
        try:
            (date if self.kind == "date" else datetime).fromisoformat(value or "2026-01-01")
        except ValueError:
            context["widget"]["type"] = "text"
        return context


class ReadField(forms.CharField):
    """A short text that is read; nothing typed is None."""

    def __init__(self, **options: Any) -> None:
        super().__init__(max_length=LONGEST, **options)

    def read(self, text: str) -> Any:
        """What the text says. Raises ValidationError."""
        raise NotImplementedError

    def clean(self, value: Any) -> Any:
        return self.read(super().clean(value))


class AmountField(ReadField):
    """Euros, as written in French or English."""

    def __init__(self, **options: Any) -> None:
        attrs = {"inputmode": "decimal", "autocomplete": "off", "placeholder": "0,00"}
        super().__init__(widget=forms.TextInput(attrs=attrs), **options)

    def prepare_value(self, value: Any) -> Any:
        return f"{value:.2f}".replace(".", get_format("DECIMAL_SEPARATOR")) if isinstance(value, Decimal) else value

    def read(self, text: str) -> Any:
        amount = parse_amount(text)
        if error := amount_error(amount):
            raise ValidationError(error, "amount")
        return amount

    def has_changed(self, initial: Any, data: Any) -> bool:
        return str(self.prepare_value(initial) or "") != str(data or "")


class MonthsField(ReadField):
    """A duration in months."""

    def __init__(self, **options: Any) -> None:
        super().__init__(widget=forms.TextInput(attrs={"autocomplete": "off"}), **options)

    def read(self, text: str) -> Any:
        return parse_months(text)


class MomentField(ReadField):
    """A day and an hour, in the firm's time zone."""

    def __init__(self, **options: Any) -> None:
        super().__init__(widget=PickerInput("datetime-local"), **options)

    def prepare_value(self, value: Any) -> Any:
        return f"{timezone.localtime(value):%Y-%m-%dT%H:%M}" if isinstance(value, datetime) else value

    def read(self, text: str) -> Any:
        return parse_moment(text)


class DayField(ReadField):
    """A day."""

    def __init__(self, **options: Any) -> None:
        super().__init__(widget=PickerInput("date"), **options)

    def prepare_value(self, value: Any) -> Any:
        return value.isoformat() if isinstance(value, date) else value

    def read(self, text: str) -> Any:
        return parse_day(text)
