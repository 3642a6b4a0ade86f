"""Filters of a list by the person who did something."""

from collections.abc import Sequence

import django_filters
from django.contrib.auth.models import User
from django.utils.translation import gettext_lazy as _

from fixaloop.lists.figures import remembered
from fixaloop.words.text import person_name


def people() -> Sequence[tuple[str, str]]:
    users = User.objects.order_by("last_name", "username")
    return remembered("people", lambda: [(str(user.pk), person_name(user)) for user in users])


class PersonFilter(django_filters.ChoiceFilter):
    def __init__(self, **options: object) -> None:
        super().__init__(choices=people, empty_label=_("Tout le monde"), **options)
