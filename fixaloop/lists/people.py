"""Filters of a list by the person who did something."""

from collections.abc import Iterable

import django_filters
from django.contrib.auth.models import User
from django.utils.translation import gettext_lazy as _

from fixaloop.lists.choices import RowChoices
from fixaloop.words.text import person_name


def people() -> Iterable[tuple[str, str]]:
    return [(str(user.pk), person_name(user)) for user in User.objects.order_by("last_name", "username")]


class PersonFilter(django_filters.ChoiceFilter):
    def __init__(self, **options: object) -> None:
        super().__init__(choices=RowChoices("people", people), empty_label=_("Tout le monde"), **options)
