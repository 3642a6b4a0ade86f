"""The choice of a technician."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib.auth.models import User
from django.core.exceptions import ValidationError
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from fixaloop.groups import TECHNICIAN
from fixaloop.words.people import person_name


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
