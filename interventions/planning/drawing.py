"""The hours of people drawn to scale, as strings: a week may hold three hundred slots."""

from collections.abc import Iterable, Sequence
from datetime import date
from html import escape

from fixaloop.speed.texts import gettext as _
from fixaloop.web.icons import chip
from fixaloop.words.dates import local, say_clock
from interventions.pages.cells import said_name
from interventions.planning.axis import QUARTER, Axis, Lane, Place, lanes
from interventions.planning.board import Board, Row
from interventions.planning.hours import Part
from interventions.planning.load import Load, say_hours
from interventions.planning.slots import Slot, SlotMarkup, draw_off


class Drawing:
    """`shown` is the day that a phone shows; `until` says of absences when they end, where there is only one day."""

    def __init__(self, board: Board, slots: SlotMarkup, axis: Axis, shown: date, *, until: bool = False) -> None:
        self.board = board
        self.shown = shown
        self.slots = slots
        self.axis = axis
        self.until = until

    def name(self, row: Row, days: Sequence[date], scale: str = "") -> str:
        load = sum((self.board.loads[row.person.pk][day] for day in days), Load())
        over = say_over(load) if row.in_team and load.available else ""
        return (
            f'<th scope="row" class="planning__name" id="p{row.person.pk}"><b>{escape(said_name(row.person))}</b>'
            f"<small>{escape(self._say_load(row, load, days))}</small>{chip(over, 'warn') if over else ''}{scale}</th>"
        )

    def _say_load(self, row: Row, load: Load, days: Sequence[date]) -> str:
        said = say_hours(load.placed)
        if row.in_team and load.available:
            return _("%(placed)s sur %(available)s") % {"placed": said, "available": say_hours(load.available)}
        away = row.in_team and any(self.board.worked[day] for day in days if day not in self.board.closed)
        return ", ".join(filter(None, (said if load.placed else "", _("absent") if away else "")))

    def scale(self, step: int = 2) -> str:
        hours = range(self.axis.first, self.axis.last, step)
        return f'<span class="scale" aria-hidden="true">{"".join(f"<span>{hour}</span>" for hour in hours)}</span>'

    def cell(self, row: Row, day: date) -> str:
        here, closed = row.days[day], day in self.board.closed
        marks = "".join(
            f" data-{name}"
            for name, is_so in (
                ("today", day == self.board.today),
                ("shown", day == self.shown),
                ("off", closed or not self.board.worked[day]),
                ("free", not (here.slots or here.absences or closed)),
            )
            if is_so
        )
        places = [self.axis.place(part) for _slot, part in here.slots]
        off = self._closure(day, places) if closed else self._absences(row, day, places)
        beside = lanes(places)
        rows = max((lane.total for lane in beside), default=1)
        slots = self._slots(row, day, zip(here.slots, places, beside, strict=True))
        drawn = "".join((*off, *slots, self._now(day)))
        if not (here.slots or here.absences or closed):
            nothing = escape(_("Rien de prévu"))
            drawn += f'<p class="hours__none">{nothing}</p>'
        return (
            f'<td class="planning__cell" id="c{row.person.pk}-{day}" data-day="{day}" data-technician="{row.person.pk}"'
            f'{marks}><div class="hours n{self.axis.quarters} r{rows}">{drawn}</div></td>'
        )

    def _closure(self, day: date, taken: Sequence[Place]) -> Iterable[str]:
        yield draw_off(escape(self.board.closed[day]), Place(1, self.axis.quarters), taken)

    def _absences(self, row: Row, day: date, taken: Sequence[Place]) -> Iterable[str]:
        for absence, part in row.days[day].absences:
            if place := self.axis.clip(part):
                yield draw_off(self.slots.say_absence(absence, part, until=self.until), place, taken)

    def _slots(self, row: Row, day: date, drawn: Iterable[tuple[tuple[Slot, Part], Place, Lane]]) -> Iterable[str]:
        for (slot, part), place, lane in drawn:
            yield self.slots.draw(slot, day, place, lane, row.marks(slot, part, day in self.board.closed))

    def _now(self, day: date) -> str:
        now = local(self.board.at)
        quarter = ((now.hour - self.axis.first) * 60 + now.minute) // QUARTER + 1
        if day != self.board.today or not 1 <= quarter <= self.axis.quarters:
            return ""
        return f'<span class="now q{quarter}" title="{say_clock(now)}"></span>'


def say_over(load: Load) -> str:
    """“1 h de trop”, “hors horaires” on a day that is not worked; empty if all fits."""
    if not load.over:
        return ""
    return _("%(hours)s de trop") % {"hours": say_hours(load.over)} if load.available else _("hors horaires")


def draw_load(load: Load) -> str:
    """Of a day: the hours placed over those available, a bar, and the word when it is too much."""
    if not (load.placed or load.available):
        return ""
    said, over = say_hours(load.placed), say_over(load)
    values = {"placed": said, "available": say_hours(load.available)}
    title = escape(_("%(placed)s de travail planifiées, %(available)s disponibles") % values)
    word = f' <span class="chip" data-tone="stop">{escape(over)}</span>' if over else ""
    bar = f'<rect class="meter__fill" data-tone="{"stop" if over else "brand"}" width="{load.percent}" height="1"/>'
    return (
        f'<span class="planning__load" title="{title}">{said} / {values["available"]}</span>{word}'
        f'<svg class="meter" viewBox="0 0 100 1" preserveAspectRatio="none" aria-hidden="true">{bar}</svg>'
    )
