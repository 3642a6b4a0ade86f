"""What happened to a record, as part of its page: a filter, a note to add, the newest first."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import cache
from typing import Any
from urllib.parse import urlencode

from django.contrib.auth.models import User
from django.db.models import Model, Q, QuerySet, prefetch_related_objects
from django.forms import BoundField
from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from access.events.timeline import PASSAGES, Sight, timeline
from access.events.words import hidden_from, unseen_kinds
from access.models import AccessCard, Device, Event, Vehicle, Zone
from access.shared.lists import deferred
from access.shared.pages import changes
from clients.extensions import Block
from clients.models import Client
from fixaloop.forms.submissions import SubmissionForm
from fixaloop.lists.counting import read
from fixaloop.records.history import Change

MOST_TOLD = 15
# Where there is no list of all of them: one job or one stay hardly has more.
ALL = 100
KINDS = Event.Kind
# What a line names, its client apart, and of that what it does not show.
NAMED = ("card", "vehicle", "device", "zone", "actor")
DEFERRED = deferred(card=AccessCard, vehicle=Vehicle, device=Device, zone=Zone, actor=User)
# The filter that shows the history of the record’s columns instead of events.
CHANGES = "changes"
# The filters: the name in the address, in words, and the kinds of events.
FILTERS: dict[str, tuple[Any, tuple[str, ...]]] = {
    "": (_("Tout"), ()),
    "jobs": (_("Interventions"), (KINDS.JOB,)),
    "steps": (_("Étapes"), (KINDS.JOB,)),
    "payments": (_("Paiements"), (KINDS.PAYMENT,)),
    "passages": (_("Passages"), (*PASSAGES, KINDS.CORRECTION)),
    "notes": (_("Notes"), (KINDS.NOTE,)),
    CHANGES: (_("Modifications"), ()),
}


@dataclass(frozen=True)
class Note:
    """The form of a note: where it is sent, and what it says of itself."""

    url: str
    submission: BoundField
    hidden: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Story:
    """What a page tells: its address, the events, filters by their names, and the list of all, which filters alike."""

    here: str
    about: Q
    filters: Sequence[str]
    all_url: str = ""
    note: Note | None = None
    changes: Callable[[], Sequence[Change]] = tuple
    most: int = MOST_TOLD
    # What every line would say again: a field of `Sight`.
    unsaid: str = ""


def tell(story: Story, request: HttpRequest, at: datetime, found: Sequence[Event] | None = None) -> Block:
    """The block of a story; `found` are its events, where the page has read all of them."""
    asked, unseen = request.GET.get("told", ""), unseen_kinds(request.user)
    filters = [name for name in story.filters if not FILTERS[name][1] or not unseen.issuperset(FILTERS[name][1])]
    chosen = asked if asked in filters else ""
    kinds = FILTERS[chosen][1]
    if chosen == CHANGES:
        found = ()
    elif found is None:
        found = find(story, request.user, kinds)
    elif kinds:
        found = [event for event in found if event.kind in kinds]
    sight = Sight.of(request.user)
    if story.unsaid:
        sight = replace(sight, **{story.unsaid: False})
    shown = {
        "rows": timeline(found[: story.most], at, sight, with_client=False),
        "changes": story.changes() if chosen == CHANGES else (),
        "filters": [_filter(story.here, name, chosen) for name in ("", *filters)],
        "all_url": _with_kinds(story.all_url, kinds),
        "more": len(found) > story.most,
        "note": story.note,
        "next": f"{story.here}#told",
    }
    return Block("access/_told.html", shown)


def tell_changes(story: Story) -> Block:
    """The history of the record’s columns alone, for those who may not see events."""
    return Block("access/_told.html", {"changes": story.changes()})


def find(story: Story, user: Any, kinds: Sequence[str] = ()) -> list[Event]:
    """The newest events of a story, one more than it tells."""
    events = _events().filter(story.about).exclude(hidden_from(user))
    found = read((events.filter(kind__in=kinds) if kinds else events)[: story.most + 1])
    # Only passages have tags.
    prefetch_related_objects([event for event in found if event.kind in PASSAGES], "tags")
    return found


@cache
def _events() -> QuerySet[Event]:
    return Event.objects.select_related(*NAMED).defer(*DEFERRED).order_by("-at", "-pk")


def _filter(here: str, name: str, chosen: str) -> dict[str, Any]:
    query = f"?told={name}" if name else ""
    return {"label": FILTERS[name][0], "url": f"{here}{query}#told", "current": name == chosen}


def _with_kinds(url: str, kinds: Sequence[str]) -> str:
    query = urlencode([("kind", kind) for kind in kinds])
    return f"{url}{'&' if '?' in url else '?'}{query}" if url and query else url


def note_on(client: Client | None, user: Any, **about: Model) -> Note | None:
    """The form of a note on a client, or on something that is the client’s; None without permission."""
    if client is None or client.anonymized_at or not user.has_perm("clients.change_client"):
        return None
    hidden = {"client": client.reference, **{name: str(row.pk) for name, row in about.items()}}
    return Note(reverse("access:event-new"), SubmissionForm()["submission"], hidden)


def story_of(record: AccessCard | Vehicle, name: str, filters: Sequence[str], user: Any, query: str) -> Story:
    """The story of a card or a vehicle, with the history of its columns; `query` has the list of events show it."""
    return Story(
        record.get_absolute_url(),
        Q(**{name: record}),
        filters,
        f"{reverse('access:events')}?{query}",
        note_on(record.client, user, **{name: record}),
        lambda: changes(record),
        unsaid=f"{name}s",
    )
