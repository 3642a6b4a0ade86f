"""Form fields that read what interventions.entry reads, and the choice of a technician."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django import forms
from django.contrib.auth.models import User
from django.core.exceptions import ValidationError
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils import timezone
from django.utils.formats import get_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from fixaloop.groups import TECHNICIAN
from interventions.checks import amount_error
from interventions.entry import parse_amount, parse_day, parse_moment, parse_months

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


def person_name(user: Any) -> str:
    """A person as colleagues say it."""
    return str(user.get_full_name() or user.get_username())


def team(also: int | None = None) -> QuerySet[User]:
    """The people work may be given to, the technicians first; and one more, who may have left."""
    technicians = User.groups.through.objects.filter(user=OuterRef("pk"), group__name=TECHNICIAN)
    people = User.objects.filter(Q(is_active=True) | Q(pk=also)).annotate(is_technician=Exists(technicians))
    return people.order_by("-is_technician", "last_name", "first_name", "username")


def technicians() -> QuerySet[User]:
    """The people of the team whose trade it is, in the order of the team."""
    active = User.objects.filter(is_active=True, groups__name=TECHNICIAN)
    return active.order_by("last_name", "first_name", "username")


class TechnicianField(forms.ModelChoiceField):
    """A person of the team, by its key or user name; who has left stays where the work already was theirs."""

    def __init__(self, **options: Any) -> None:
        super().__init__(
            queryset=User.objects.none(),
            label=gettext_lazy("Technicien"),
            empty_label=gettext_lazy("Personne pour l’instant"),
            **options,
        )
        self.error_messages["invalid_choice"] = gettext_lazy("Cette personne n’existe pas : choisissez dans la liste.")

    def offer(self, current: int | None) -> None:
        """Offer the team, and whoever has the work now."""
        self.queryset = team(current)

    def label_from_instance(self, obj: Any) -> str:
        return person_name(obj) if obj.is_active else _("%(name)s (parti)") % {"name": person_name(obj)}

    def to_python(self, value: Any) -> Any:
        if value in self.empty_values:
            return None
        text = str(value)
        named = Q(pk=int(text)) if text.isascii() and text.isdigit() and len(text) < 19 else Q(username=text)
        # Everybody is found here: that somebody has left is said by interventions.checks, by name.
        user = User.objects.filter(named).first() if "\0" not in text else None
        if user is None:
            raise ValidationError(self.error_messages["invalid_choice"], "invalid_choice")
        return user
