"""What forms here share: tidy texts, and fields for amounts, durations, moments and days as people write them."""

from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from django import forms
from django.core.exceptions import NON_FIELD_ERRORS, ValidationError
from django.http import HttpRequest, QueryDict
from django.utils import timezone
from django.utils.formats import get_format
from django.utils.translation import gettext as _

from fixaloop.forms.parsing import parse_amount, parse_day, parse_length, parse_moment, parse_months
from fixaloop.words.dates import say_length
from fixaloop.words.money import amount_error
from fixaloop.words.text import clean

LONGEST = 60


def sent(request: HttpRequest) -> QueryDict | None:
    """The data to bind a form to; None for a page that is only asked for."""
    return request.POST if request.method == "POST" else None


def focus_first(form: forms.BaseForm) -> None:
    """Give the focus to the first field that waits for something, but not to one of a record that is edited."""
    if form.is_bound or getattr(getattr(form, "instance", None), "pk", None):
        return
    if first := next((field for field in form.visible_fields() if not field.value()), None):
        first.field.widget.attrs["autofocus"] = True


class NamingForm(forms.BaseForm):
    """A form whose errors name the field that is missing, instead of “this field”."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, field in self.fields.items():
            if field.error_messages.get("required") is forms.Field.default_error_messages["required"]:
                message = _("Il manque « %(field)s » : indiquez-le.") % {"field": field.label or name}
                field.error_messages["required"] = message


class TidyForm(NamingForm):
    """A form whose texts are stored as fixaloop.words.text.clean leaves them."""

    def _clean_fields(self) -> None:
        super()._clean_fields()  # type: ignore[misc]
        for name, value in list(self.cleaned_data.items()):
            if type(self.fields[name]) is forms.CharField and isinstance(value, str):
                multiline = isinstance(self.fields[name].widget, forms.Textarea)
                try:
                    self.cleaned_data[name] = clean(value, multiline=multiline)
                except ValidationError as error:
                    self.add_error(name, error)


class RuledForm(TidyForm):
    """A form that shows refusals of services beside its fields."""

    def _post_clean(self) -> None:
        """Drop the errors of database constraints: the rules of services say the same beside a field."""
        before = list(self.errors.get(NON_FIELD_ERRORS, ()))
        super()._post_clean()  # type: ignore[misc]
        self.errors.pop(NON_FIELD_ERRORS, None)
        for sentence in before:
            self.add_error(None, sentence)

    def tell(self, refusal: ValidationError) -> None:
        for name, messages in refusal.message_dict.items():
            field = name if name in self.fields else None
            if field not in self.errors:
                self.add_error(field, messages)


class PickerInput(forms.TextInput):
    """The browser's own picker of days or moments; a text field for a value that such a picker would drop."""

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
    """A short text turned into a value; None for blank text."""

    def __init__(self, **options: Any) -> None:
        super().__init__(max_length=LONGEST, **options)

    def read(self, text: str) -> Any:
        raise NotImplementedError

    def clean(self, value: Any) -> Any:
        return self.read(super().clean(value))

    def has_changed(self, initial: Any, data: Any) -> bool:
        return str(self.prepare_value(initial) or "") != str(data or "")


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


class MonthsField(ReadField):
    def __init__(self, **options: Any) -> None:
        super().__init__(widget=forms.TextInput(attrs={"autocomplete": "off"}), **options)

    def read(self, text: str) -> Any:
        return parse_months(text)


class LengthField(ReadField):
    def __init__(self, **options: Any) -> None:
        super().__init__(widget=forms.TextInput(attrs={"autocomplete": "off", "placeholder": "2 h 30"}), **options)

    def prepare_value(self, value: Any) -> Any:
        return say_length(value) if isinstance(value, timedelta) else value

    def read(self, text: str) -> Any:
        return parse_length(text)


class MomentField(ReadField):
    """A day and a time, in the firm's time zone."""

    def __init__(self, **options: Any) -> None:
        super().__init__(widget=PickerInput("datetime-local"), **options)

    def prepare_value(self, value: Any) -> Any:
        return f"{timezone.localtime(value):%Y-%m-%dT%H:%M}" if isinstance(value, datetime) else value

    def read(self, text: str) -> Any:
        return parse_moment(text)


class DayField(ReadField):
    def __init__(self, **options: Any) -> None:
        super().__init__(widget=PickerInput("date"), **options)

    def prepare_value(self, value: Any) -> Any:
        return value.isoformat() if isinstance(value, date) else value

    def read(self, text: str) -> Any:
        return parse_day(text)
