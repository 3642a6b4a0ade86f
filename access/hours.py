"""Weekly hours of cards and zones: `{"mon": [["08:00", "18:00"]], …}`. Without a day, closed; `{}` is always open.

A span that ends before it starts goes on into the next day: 22:00–06:00. Hours are local ones, also in the nights of
clock changes. The decision also knows hours of single days, `{"2026-12-25": [], …}`, which stand for the weekly ones.
A day without any is closed from midnight to midnight: the night before does not go on into it.
"""

import json
import re
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from datetime import date, datetime, timedelta
from typing import Any

from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext as _, gettext_lazy

from fixaloop.words.dates import say_hour, short_day
from fixaloop.words.text import normalise

Spans = list[list[str]]
Hours = dict[str, Spans]

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
NAMES = (
    gettext_lazy("lundi"),
    gettext_lazy("mardi"),
    gettext_lazy("mercredi"),
    gettext_lazy("jeudi"),
    gettext_lazy("vendredi"),
    gettext_lazy("samedi"),
    gettext_lazy("dimanche"),
)
_BEGINNINGS = {
    "lu": 0, "mo": 0, "ma": 1, "tu": 1, "me": 2, "we": 2, "je": 3, "th": 3, "ve": 4, "fr": 4, "sa": 5, "di": 6,
    "su": 6,
}  # fmt: skip
_TIME = re.compile(r"(?:[01]\d|2[0-3]):[0-5]\d|24:00")
_SPAN = re.compile(
    r"(\d{1,2})\s*(?:[h:]\s*(\d{2})?)?\s*(?:-|–|à|a|to)\s*(\d{1,2})\s*[h:]"
    # In « 8h-12h 14h-18h » the second span begins where minutes could stand.
    r"(?:\s*(\d{2})(?!\d|\s*(?:[h:–-]|à|a\b|to\b)))?",
    re.IGNORECASE,
)
_DAYS = re.compile(r"([^\W\d_]+)\.?\s*(?:-|–|\bau\b|à)\s*([^\W\d_]+)|([^\W_]+)")
_LINKING = frozenset(("et", "puis", "du", "le", "les", "de", "and", "then", "from"))
_EVERY_DAY = frozenset(("tous les jours", "tlj", "every day", "7j 7"))
_MOST_SPANS = 6
_WEEK = 7
NEVER: Hours = {day: [] for day in DAYS}
_ALL_DAY: Spans = [["00:00", "24:00"]]
# How many moments are tried to find one at which all of several hours are open.
_TRIES = 30


def validate_hours(value: Any) -> None:
    if not isinstance(value, dict) or not set(value) <= set(DAYS):
        raise ValidationError(_("Les horaires ne sont pas lisibles : donnez-les jour par jour."), "hours")
    for spans in value.values():
        validate_spans(spans)


def validate_spans(value: Any) -> None:
    if not isinstance(value, list) or len(value) > _MOST_SPANS or not all(map(_is_span, value)):
        raise ValidationError(_("Une plage horaire va d’une heure à une autre, par exemple 08:00–18:00."), "hours")


def _is_span(span: Any) -> bool:
    return (
        isinstance(span, list)
        and len(span) == 2
        and all(isinstance(time, str) and _TIME.fullmatch(time) for time in span)
        and span[0] != span[1]
        and span[0] != "24:00"
    )


def parse_hours(text: str) -> Hours:
    """Weekly hours from « lun-ven 8h-18h, sam 9:00-12:00 » or from their JSON; blank text is always open.

    Raises `ValidationError`.
    """
    text = text.strip()
    if text.startswith("{"):
        value = None
        with suppress(ValueError):
            value = json.loads(text)
        validate_hours(value)
        return dict(value or {})
    hours: Hours = {}
    days: list[int] = []
    position = 0
    for match in _SPAN.finditer(text):
        if said := text[position : match.start()].strip(" ,;.:/\n"):
            days = _days(said) or days
        position = match.end()
        for day in days or _refuse(text):
            hours.setdefault(DAYS[day], []).append(_span(match))
    if text[position:].strip(" ,;."):
        _refuse(text)
    validate_hours(hours)
    return {day: sorted(hours[day]) for day in DAYS if day in hours}


def parse_spans(text: str) -> Spans:
    """The hours of one day from « 9h-12h, 14:00-18:00 ». Raises `ValidationError`."""
    if set(normalise(_SPAN.sub(" ", text)).split()) - _LINKING:
        message = _("« %(text)s » : écrivez par exemple 09:00-12:00, 14:00-18:00.")
        raise ValidationError(message % {"text": text[:60]}, "hours")
    spans = sorted(map(_span, _SPAN.finditer(text)))
    validate_spans(spans)
    return spans


def _days(said: str) -> list[int]:
    if normalise(said) in _EVERY_DAY:
        return list(range(_WEEK))
    days: list[int] = []
    for first, last, single in _DAYS.findall(said):
        if single.lower() in _LINKING:
            continue
        start, end = (_BEGINNINGS.get(name.lower()[:2], _WEEK) for name in (first or single, last or single))
        if _WEEK in (start, end):
            _refuse(said)
        days += [(start + step) % _WEEK for step in range((end - start) % _WEEK + 1)]
    return days


def _span(match: re.Match[str]) -> list[str]:
    times = [f"{int(match[1]):02d}:{match[2] or '00'}", f"{int(match[3]):02d}:{match[4] or '00'}"]
    return times if _is_span(times) else _refuse(match[0])


def _refuse(text: str) -> Any:
    message = _("« %(text)s » : écrivez par exemple lun-ven 08:00-18:00, sam 09:00-12:00.")
    raise ValidationError(message % {"text": text[:60]}, "hours")


def is_open(hours: Hours, at: datetime) -> bool:
    if not hours:
        return True
    now = timezone.localtime(at)
    time, today = now.strftime("%H:%M"), now.date()
    if any(start <= time and (time < end or end < start) for start, end in _spans_on(hours, today)):
        return True
    yesterday = _spans_on(hours, today - timedelta(days=1))
    return not is_closed_day(hours, today) and any(end < start and time < end for start, end in yesterday)


def edges(hours: Hours, days: Iterable[date]) -> set[datetime]:
    """The moments of these days at which some hours may open or close."""
    times = {time for spans in hours.values() for span in spans for time in span}
    minutes = {int(time[:2]) * 60 + int(time[3:]) for time in times}
    midnights = [datetime.combine(day, datetime.min.time()) for day in days]
    return {timezone.make_aware(midnight + timedelta(minutes=some)) for midnight in midnights for some in minutes}


def is_closed_day(hours: Hours, day: date) -> bool:
    """Whether the hours say of this very day that it is closed, whatever the weekly ones are."""
    return hours.get(day.isoformat()) == []


def _spans_on(hours: Hours, day: date) -> Spans:
    dated = hours.get(day.isoformat())
    if dated is not None:
        return dated
    return hours.get(DAYS[day.weekday()], []) if any(name in hours for name in DAYS) else _ALL_DAY


def next_opening(hours: Hours, at: datetime) -> datetime | None:
    now = timezone.localtime(at)
    # A week, and the day after it: this very day may be a special one.
    for step in range(_WEEK + 2):
        day = now.date() + timedelta(days=step)
        for start, _end in sorted(_spans_on(hours, day)):
            hour, minute = map(int, start.split(":"))
            opening = timezone.make_aware(datetime.combine(day, datetime.min.time()).replace(hour=hour, minute=minute))
            if opening > at:
                return opening
    return None


def opening_of_all(several: Sequence[Hours], at: datetime) -> datetime | None:
    """The next moment at which all of these hours are open; None if it is more than a week away."""
    last = at + timedelta(days=_WEEK + 1)
    for _try in range(_TRIES):
        openings = [next_opening(hours, at) for hours in several if not is_open(hours, at)]
        if not openings:
            return at
        if None in openings or (at := max(opening for opening in openings if opening)) > last:
            return None
    return None


def show_hours(hours: Hours) -> str:
    """« lun-ven 08:00–18:00, sam 09:00–12:00 », which `parse_hours` reads back; empty if always open."""
    dated = (
        f"{short_day(date.fromisoformat(day), year=False)} {show_spans(spans) or _('fermé')}"
        for day, spans in sorted(hours.items())
        if day not in DAYS
    )
    return ", ".join((*(f"{days} {spans}" for days, spans in _grouped(hours)), *dated))


def show_spans(spans: Spans) -> str:
    """« 09:00–12:00, 14:00–18:00 », which `parse_spans` reads back; empty if closed."""
    return ", ".join(f"{start}–{end}" for start, end in spans)


def say_hours(hours: Hours) -> str:
    """« lun-ven 8 h–18 h, sam 9 h–12 h »: the same to be read, not to be typed."""
    return _TIME.sub(_said_time, show_hours(hours))


def say_spans(spans: Spans) -> str:
    return _TIME.sub(_said_time, show_spans(spans))


def _said_time(match: re.Match[str]) -> str:
    hour, minute = match.group().split(":")
    return say_hour(int(hour), int(minute))


def _grouped(hours: Hours) -> Iterator[tuple[str, str]]:
    texts = [show_spans(hours.get(day, [])) for day in DAYS]
    first = 0
    for index, text in enumerate(texts):
        if index + 1 < _WEEK and texts[index + 1] == text:
            continue
        if text:
            names = _short(first) if first == index else f"{_short(first)}-{_short(index)}"
            yield names, text
        first = index + 1


def _short(day: int) -> str:
    return str(NAMES[day])[:3]
