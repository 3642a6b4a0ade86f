"""What the planning shows of an intervention, and its card as HTML: three hundred of them cost less than the page."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date, datetime, timedelta
from html import escape
from typing import Any, NamedTuple
from urllib.parse import quote

from django.db.models import QuerySet
from django.utils import timezone
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _

from fixaloop.dates import short_day
from fixaloop.icons import icon
from interventions.cells import TONES
from interventions.models import Intervention
from interventions.reference import INTERVENTION
from interventions.rights import CHANGE, CHANGE_OWN
from interventions.states import OPEN, State

FIELDS = (
    "number", "title", "state", "planned_start", "planned_end", "technician_id", "version",
    "client__kind", "client__company_name", "client__first_name", "client__last_name",
)  # fmt: skip
LATE, CLASH = "late", "clash"


class Slot(NamedTuple):
    """An intervention as bare values, its slot in the firm's time: models would cost more than all the rest."""

    number: int
    title: str
    state: str
    start: datetime | None
    end: datetime | None
    technician: int | None
    version: int
    client: str

    @property
    def is_open(self) -> bool:
        return self.state in OPEN

    @property
    def days(self) -> Iterable[date]:
        """The days it takes some of."""
        if not self.start or not self.end:
            return ()
        first, last = self.start.date(), (self.end - timedelta(seconds=1)).date()
        return [first + timedelta(days=number) for number in range((last - first).days + 1)]


def read_slots(interventions: QuerySet[Intervention]) -> Iterator[Slot]:
    """The slots of interventions, in their order."""
    zone = timezone.get_current_timezone()
    for number, title, state, start, end, technician, version, kind, company, first, last in interventions.values_list(
        *FIELDS
    ):
        client = company if kind == "company" else f"{first} {last}"
        planned = bool(start and end)
        begins, ends = (start.astimezone(zone), end.astimezone(zone)) if planned else (None, None)
        yield Slot(number, title, state, begins, ends, technician, version, client)


def overlaps(slots: Iterable[Slot]) -> set[int]:
    """The numbers of those, of one technician in the order they start, that share a moment with another."""
    found: set[int] = set()
    running: list[Slot] = []
    for slot in slots:
        if not slot.is_open or not slot.start:
            continue
        running = [other for other in running if other.end and other.end > slot.start]
        if running:
            found |= {slot.number, *(other.number for other in running)}
        running.append(slot)
    return found


class Cards:
    """Makes the cards of one page: what all of them share is made once, icons are drawn once and referred to."""

    def __init__(self, user: Any, at: datetime, address: str) -> None:
        self.at = at
        self.user = user
        self.moves_all = user.has_perm(CHANGE)
        self.moves_own = user.has_perm(CHANGE_OWN)
        self.back = quote(address)
        self.heads = {
            state.value: (tone, f'{_refer(state)}<span class="sr-only">{escape(str(state.label))}, </span>')
            for state, (tone, _icon) in TONES.items()
        }
        self.late = f'<span class="slot__mark">{_refer(LATE)}{escape(_("En retard"))}</span>'
        self.clash = f'<span class="slot__mark">{_refer(CLASH)}{escape(_("Chevauche"))}</span>'
        self.move, self.place = escape(_("Déplacer")), escape(_("Placer"))
        self.without = escape(_("sans créneau"))

    @property
    def icons(self) -> SafeString:
        """The drawings that the cards refer to."""
        names = {state.value: name for state, (_tone, name) in TONES.items()}
        drawings = (names | {LATE: "alarm-clock", CLASH: "triangle-alert"}).items()
        symbols = (f'<symbol id="icon-{key}" viewBox="0 0 24 24">{icon(name, 24)}</symbol>' for key, name in drawings)
        return mark_safe(f"<svg hidden>{''.join(symbols)}</svg>")  # noqa: S308 — nothing of it was typed

    def card(self, slot: Slot, day: date | None = None, clashes: bool = False) -> str:
        """One intervention on one of its days; beside the week where there is none."""
        reference = INTERVENTION.show(slot.number)
        tone, head = self.heads[slot.state]
        late = slot.is_open and slot.end is not None and slot.end < self.at
        movable = slot.is_open and (self.moves_all or (self.moves_own and slot.technician == self.user.pk))
        return (
            f'<div class="slot" data-tone="{"stop" if late else tone}"{_drag(slot, reference) if movable else ""}>'
            f'<span class="slot__when">{head}{self._when(slot, day)}</span>'
            f'<a class="who" href="/interventions/{reference}/">{escape(slot.title)}</a>'
            f"<small>{escape(slot.client)} · <span>{reference}</span></small>"
            f"{self.late if late else ''}{self.clash if clashes else ''}"
            f"{self._link(slot, reference) if movable else ''}</div>"
        )

    def _when(self, slot: Slot, day: date | None) -> str:
        if not slot.start or not slot.end:
            return self.without
        if day is None:
            wished = f"{short_day(slot.start, year=False)}, {slot.start:%H:%M}"
            return escape(_("souhaitée le %(day)s") % {"day": wished})
        first = _hour(slot.start) if slot.start.date() == day else "…"
        return f"{first} – {_hour(slot.end) if slot.end.date() == day else '…'}"

    def _link(self, slot: Slot, reference: str) -> str:
        word = self.place if slot.state == State.TO_PLAN else self.move
        url = f"/interventions/{reference}/slot/?next={self.back}"
        return f'<a class="slot__move" href="{url}">{word}<span class="sr-only"> {reference}</span></a>'


def _hour(moment: datetime) -> str:
    return f"{moment.hour:02d}:{moment.minute:02d}"


def _drag(slot: Slot, reference: str) -> str:
    """What dragging needs to know: the slot in the firm's time, and the version it was read at."""
    ends = ""
    if slot.start and slot.end:
        ends = f' data-start="{slot.start.isoformat()[:16]}" data-end="{slot.end.isoformat()[:16]}"'
    return f' draggable="true" data-reference="{reference}" data-version="{slot.version}"{ends}'


def _refer(key: str) -> str:
    return f'<svg width="14" height="14" aria-hidden="true"><use href="#icon-{key}"/></svg>'
