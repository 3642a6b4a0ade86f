"""The slots of the planning, read as bare values and drawn as strings: a week may hold three hundred."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, date, datetime, timedelta, tzinfo
from functools import cache, lru_cache
from html import escape
from typing import Any, NamedTuple
from urllib.parse import quote

from django.db.models import BooleanField, ExpressionWrapper, Q, TextField
from django.db.models.functions import Cast
from django.utils import timezone
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language, gettext_lazy

from fixaloop.speed.texts import gettext as _
from fixaloop.web.icons import icon
from fixaloop.words.dates import end_of, local, say_clock, short_day, start_of
from interventions.models import INTERVENTION, Absence, Intervention
from interventions.pages.cells import TONES
from interventions.planning.axis import Lane, Place, clear
from interventions.planning.hours import Part, is_daily, last_day, parts
from interventions.planning.load import say_hours
from interventions.rights import CHANGE, CHANGE_ABSENCE, CHANGE_OWN, VIEW_ABSENCE
from interventions.states import OPEN, State

OPEN_STATES = frozenset(state.value for state in OPEN)
FIELDS = (
    "number", "title", "state", "begins", "ends", "technician_id", "version", "reopened", "estimated",
    "client__kind", "client__company_name", "client__first_name", "client__last_name",
)  # fmt: skip
# As text: the PostgreSQL driver takes longer to read two instants than drawing a slot takes.
SHOWN = {
    "begins": Cast("planned_start", TextField()),
    "ends": Cast("planned_end", TextField()),
    "reopened": ExpressionWrapper(Q(reopened_at__isnull=False), BooleanField()),
}
LATE, OVER, CLASH, AWAY, GONE, CLOSED, MOVE = "late", "over", "clash", "away", "gone", "closure", "move"
MARKS = {
    LATE: ("alarm-clock", "stop", gettext_lazy("En retard")),
    OVER: ("calendar-off", "warn", gettext_lazy("Créneau passé")),
    CLASH: ("triangle-alert", "stop", gettext_lazy("Chevauche")),
    AWAY: ("user-x", "stop", gettext_lazy("Pendant une absence")),
    GONE: ("user-x", "stop", gettext_lazy("Technicien parti")),
    CLOSED: ("calendar-x", "warn", gettext_lazy("Jour férié ou fermeture")),
}


class Marks(NamedTuple):
    """What is odd about a slot on one day: another one, an absence, a technician who has left, a closure."""

    clashes: bool = False
    away: bool = False
    gone: bool = False
    closed: bool = False


UNMARKED = Marks()


class Slot(NamedTuple):
    """An intervention as the planning shows it, in the firm’s time."""

    number: int
    title: str
    state: str
    start: datetime | None
    end: datetime | None
    technician: int | None
    version: int
    reopened: bool
    estimated: timedelta | None
    client: str

    @property
    def is_open(self) -> bool:
        return self.state in OPEN_STATES

    def is_over(self, at: datetime) -> bool:
        return self.is_open and not self.reopened and self.end is not None and self.end < at

    @property
    def minutes(self) -> int:
        """How long a job that waits for its slot should take: as long as the one it wishes, or as estimated."""
        wished = self.end - self.start if self.start and self.end and not is_daily(self.start, self.end) else None
        length = wished or self.estimated
        return int(length.total_seconds() // 60) if length else 0

    @property
    def parts(self) -> tuple[Part, ...]:
        return parts(self.start, self.end) if self.start and self.end else ()


@cache
def all_slots() -> Any:
    """All interventions, to be narrowed and read by `read_slots`. Kept: building the query is slow."""
    return Intervention.objects.annotate(**SHOWN).values_list(*FIELDS)


def read_slots(interventions: Iterable[Sequence[Any]]) -> Iterator[Slot]:
    zone = timezone.get_current_timezone()
    for number, title, state, begins, ends, technician, version, reopened, estimated, kind, *names in interventions:
        company, first, last = names
        client = company if kind == "company" else f"{first} {last}"
        start, end = (_read(begins, zone), _read(ends, zone)) if begins and ends else (None, None)
        yield Slot(number, title, state, start, end, technician, version, reopened, estimated, client)


@lru_cache(maxsize=4096)
def _read(written: str, zone: tzinfo) -> datetime:
    """An instant as the database writes it, in the firm’s time. Kept: many slots begin or end together."""
    instant = datetime.fromisoformat(written)
    return (instant if instant.tzinfo else instant.replace(tzinfo=UTC)).astimezone(zone)


def overlaps(slots: Iterable[Slot]) -> set[tuple[int, date]]:
    """The numbers of slots of one technician that overlap another, with the days on which they do."""
    found: set[tuple[int, date]] = set()
    running: list[tuple[Part, int]] = []
    taken = [(part, slot.number) for slot in slots if slot.is_open for part in slot.parts]
    for part, number in sorted(taken, key=lambda one: one[0].start):
        running = [other for other in running if other[0].end > part.start]
        if running:
            found |= {(number, part.day), *((other, overlapped.day) for overlapped, other in running)}
        running.append((part, number))
    return found


# A planned slot is what one expects: only the other states have their mark.
PLAIN = State.PLANNED
# Quarters: up to here its words stand on one line.
SHORT = 6


class SlotMarkup:
    def __init__(self, user: Any, at: datetime, address: str) -> None:
        self.at = at
        self.user = user
        self.moves_all = user.has_perm(CHANGE)
        self.moves_own = user.has_perm(CHANGE_OWN)
        self.sees_absences = user.has_perm(VIEW_ABSENCE)
        self.changes_absences = user.has_perm(CHANGE_ABSENCE)
        self.back = quote(address)
        self.language = get_language()

    def draw(self, slot: Slot, day: date, place: Place, lane: Lane, marks: Marks = UNMARKED) -> str:
        over = slot.is_over(self.at)
        movable = slot.is_open and (self.moves_all or (self.moves_own and slot.technician == self.user.pk))
        return _draw(slot, day, place, lane, over, marks, self.back if movable else "", self.language)

    def draw_waiting(self, slot: Slot) -> str:
        movable = self.moves_all or (self.moves_own and slot.technician == self.user.pk)
        return _draw_waiting(slot, self.back if movable else "")

    def say_absence(self, absence: Absence, part: Part, *, until: bool = False) -> str:
        """An absence on one of its days, as safe HTML; its kind only for those who may see absences."""
        start, end, last = local(part.start), local(part.end), last_day(absence.ends_at)
        whole = start == start_of(part.day) and end == end_of(part.day)
        word = str(absence.get_kind_display() if self.sees_absences else _("Absence"))
        if until and last > part.day:
            word = _("%(absence)s jusqu’au %(day)s") % {"absence": word, "day": short_day(last, year=False)}
        said = escape(word if whole else f"{word} {_span(start, end)}")
        if self.changes_absences:
            said = f'<a href="{absence.get_absolute_url()}?next={self.back}">{said}</a>'
        return said


def draw_off(said: str, place: Place, taken: Sequence[Place] = ()) -> str:
    """Hours when nobody works, hatched; `said`, safe HTML, stands where no slot covers it."""
    words = clear(place, taken)
    if words == place:
        return f'<div class="off q{place.quarter} n{place.length}"><span>{said}</span></div>'
    return (
        f'<div class="off q{place.quarter} n{place.length}"></div>'
        f'<div class="off off--said q{words.quarter} n{words.length}"><span>{said}</span></div>'
    )


@lru_cache(maxsize=4096)
def _draw(
    slot: Slot, day: date, place: Place, lane: Lane, over: bool, marks: Marks, back: str, language: str | None
) -> str:
    """A slot as HTML. Kept: when a week is looked at again, few of its slots have changed.

    `back` is the address to return to after moving the slot, blank if it may not be moved.
    """
    reference = INTERVENTION.show(slot.number)
    tone, _icon = TONES[State(slot.state)]
    late = over and slot.state != State.ON_HOLD
    open_marks = ((CLASH, marks.clashes), (AWAY, marks.away), (GONE, marks.gone), (CLOSED, marks.closed))
    odd = [key for key, there in ((LATE, late), (OVER, over and not late)) if there]
    odd += [key for key, there in open_marks if there and slot.is_open]
    words = [*(() if late else (str(State(slot.state).label),)), *(str(MARKS[key][2]) for key in odd)]
    shown = [*(() if late or slot.state == PLAIN else (slot.state,)), *odd]
    first, last = _ends(slot, day)
    title, client, said = escape(slot.title), escape(slot.client), escape(" · ".join(words))
    looks = {"short": place.length <= SHORT, "lane": lane.total > 1, "marked": len(words) > 1}
    size = "".join(f" slot--{name}" for name, is_so in looks.items() if is_so)
    at = f"q{place.quarter} n{place.length} c{lane.column} w{lane.width} r{lane.number + 1}"
    return (
        f'<div class="slot {at}{size}" data-tone="{"stop" if late else tone}"'
        f' title="{first}–{last}, {title}, {client}, {reference}, {said}"{_drag(slot, reference) if back else ""}>'
        f'<a href="/interventions/{reference}/"><span class="slot__when">{first}<span>–{last}</span></span> '
        f'<b>{"".join(map(_mark, shown))}{title}</b> <span class="slot__for">{client}</span> '
        f'<span class="slot__said">{said}</span></a>{_link(slot, reference, back) if back else ""}</div>'
    )


def _ends(slot: Slot, day: date) -> tuple[str, str]:
    """The hours of a slot on a day; “…” where it goes on into another."""
    if not slot.start or not slot.end:
        return "…", "…"
    daily = is_daily(slot.start, slot.end)
    first = say_clock(slot.start) if daily or slot.start.date() == day else "…"
    return first, say_clock(slot.end) if daily or last_day(slot.end) == day else "…"


def _span(start: datetime, end: datetime) -> str:
    return f"{say_clock(start)}–{say_clock(end)}"


def _draw_waiting(slot: Slot, back: str) -> str:
    reference = INTERVENTION.show(slot.number)
    details = [escape(slot.client)]
    if slot.minutes:
        details.append(escape(say_hours(slot.minutes)))
    details.append(reference)
    if slot.start and slot.end:
        wished = f"{short_day(slot.start, year=False)}, {say_clock(slot.start)}"
        details.append(escape(_("souhaitée le %(day)s") % {"day": wished}))
    said = " · ".join(details)
    link = _link(slot, reference, back) if back else ""
    return (
        f'<li{_drag(slot, reference) if back else ""}><a class="who" href="/interventions/{reference}/">'
        f'{escape(slot.title)}</a><small title="{said}">{said}</small>{link}</li>'
    )


def _link(slot: Slot, reference: str, back: str) -> str:
    word = escape(_("Placer") if slot.state == State.TO_PLAN else _("Déplacer"))
    url = f"/interventions/{reference}/slot/?next={back}"
    said = f'<span class="sr-only">{word} {reference}</span>'
    return f'<a class="slot__move" href="{url}" title="{word}">{_refer(MOVE)}{said}</a>'


@cache
def icons() -> SafeString:
    names = {state.value: name for state, (_tone, name) in TONES.items()}
    names |= {key: name for key, (name, _tone, _word) in MARKS.items()} | {MOVE: "calendar-clock"}
    symbols = (f'<symbol id="icon-{key}" viewBox="0 0 24 24">{icon(name, 24)}</symbol>' for key, name in names.items())
    return mark_safe(f'<svg class="sr-only" aria-hidden="true">{"".join(symbols)}</svg>')  # noqa: S308 — nothing of it was typed


def _drag(slot: Slot, reference: str) -> str:
    ends = f' data-minutes="{slot.minutes}"' if slot.minutes else ""
    if slot.start and slot.end:
        ends = f' data-start="{slot.start.isoformat()[:16]}" data-end="{slot.end.isoformat()[:16]}"'
    return f' draggable="true" data-reference="{reference}" data-version="{slot.version}"{ends}'


def _mark(key: str) -> str:
    tone = f' data-tone="{MARKS[key][1]}"' if key in MARKS else ""
    return f'<svg aria-hidden="true"{tone}><use href="#icon-{key}"/></svg>'


def _refer(key: str) -> str:
    return f'<svg aria-hidden="true"><use href="#icon-{key}"/></svg>'
