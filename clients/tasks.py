"""What clients give somebody to do now."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from django.urls import reverse
from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import gettext as _, ngettext

from clients.models import NAMED_BY, Client
from clients.services.reviews import due_for_review
from fixaloop.lists.counting import capped_count, say_count
from fixaloop.lists.figures import remembered
from fixaloop.lists.tasks import Rank, Task

SOON = timedelta(days=7)


def client_tasks(user: Any, at: datetime) -> Iterator[Task]:
    if user.has_perm("clients.force_status") and user.has_perm("clients.view_client"):
        yield from _forced(at)
    if user.has_perm("clients.review_client") and user.has_perm("clients.view_client"):
        yield from _to_review(at)


def _forced(at: datetime) -> Iterator[Task]:
    for client in remembered("clients.tasks_forced", lambda: _first_forced(at)):
        day = date_format(localtime(client.status_until), "j N")
        sentence = _("%(client)s : statut forcé jusqu’au %(day)s") % {"client": client.name, "day": day}
        url = reverse("clients:status", args=[client.reference])
        yield Task(Rank.TIDY, "user-round-cog", sentence, client.status_reason, _("Prolonger"), url)


def _first_forced(at: datetime) -> list[Client]:
    ending = Client.objects.filter(status_mode=Client.StatusMode.ACTIVE, status_until__gt=at)
    ending = ending.filter(status_until__lte=at + SOON).only(*NAMED_BY, "status_until", "status_reason")
    return list(ending.order_by("status_until", "pk")[:3])


def _to_review(at: datetime) -> Iterator[Task]:
    count = remembered("clients.tasks_to_review", lambda: capped_count(due_for_review(at)))
    if count:
        said = ngettext("%(count)s client à revoir", "%(count)s clients à revoir", count) % {"count": say_count(count)}
        yield Task(Rank.TIDY, "clipboard-check", said, "", _("Revoir"), reverse("clients:review-list"))
