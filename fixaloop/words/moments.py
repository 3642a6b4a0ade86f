"""An instant as one says it: relative when near, exact on hover."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from functools import lru_cache
from html import escape

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.safestring import SafeString

from fixaloop.speed.translation import gettext as _
from fixaloop.speed.translation import language
from fixaloop.words.dates import said_day

HOUR = timedelta(hours=1)
NEAR = timedelta(hours=6)


def local(moment: datetime) -> datetime:
    """An instant by the firm's clock, the only one there is: Django's `localtime` would look for others each time."""
    return moment.astimezone(timezone.get_default_timezone())


@lru_cache(maxsize=8)
def day_of(at: datetime) -> date:
    """The firm's day at the instant a page is true at, asked for by each of its rows."""
    return local(at).date()


def say_moment(moment: datetime, at: datetime) -> str:
    """“il y a 12 min”, “aujourd’hui, 14:32”, “hier, 17:40”, “18 sept., 09:15”, “18 sept. 2025”."""
    ago = at - moment
    if timedelta(0) <= ago < NEAR:
        minutes = int(ago.total_seconds() // 60)
        if ago < HOUR:
            return _("il y a %(minutes)s min") % {"minutes": minutes} if minutes else _("à l’instant")
        return _("il y a %(hours)s h") % {"hours": minutes // 60}
    by_clock, today = local(moment), day_of(at)
    day = _said(by_clock.date(), today, language())
    if by_clock.year != today.year and abs((by_clock.date() - today).days) > 1:
        return day
    return _("%(day)s, %(time)s") % {"day": day, "time": by_clock.isoformat()[11:16]}


@lru_cache(maxsize=4096)
def _said(day: date, today: date, language: str | None) -> str:
    return _near_day(day, today) or date_format(day, "j N" if day.year == today.year else "j N Y")


def moment_html(moment: datetime, at: datetime) -> SafeString:
    """The same as an element that says it exactly on hover."""
    iso = local(moment).isoformat(timespec="seconds")
    exact = f"{iso[8:10]}/{iso[5:7]}/{iso[:4]} {iso[11:19]}"
    return SafeString(f'<time datetime="{iso}" title="{exact}">{escape(say_moment(moment, at))}</time>')


def say_day(day: date, today: date) -> str:
    """“Aujourd’hui”, “Hier”, “Mardi 3 mars”, “Mardi 3 mars 2025”: the heading of a day."""
    said = _near_day(day, today) or said_day(day, "l j F" if day.year == today.year else "l j F Y")
    return said[:1].upper() + said[1:]


def _near_day(day: date, today: date) -> str:
    words = {-1: _("hier"), 0: _("aujourd’hui"), 1: _("demain")}
    return words.get((day - today).days, "")


def say_length(length: timedelta) -> str:
    """“2 h 40”, “35 min”, “3 j 4 h”."""
    minutes = int(length.total_seconds() // 60)
    hours, rest = divmod(minutes, 60)
    days, left = divmod(hours, 24)
    if days:
        return _("%(days)s j %(hours)s h") % {"days": days, "hours": left}
    if hours:
        return _("%(hours)s h %(minutes)s") % {"hours": hours, "minutes": f"{rest:02d}"}
    return _("%(minutes)s min") % {"minutes": minutes}
