"""Days, moments and durations as people say them: “12 févr. 2027”, “hier 17 h 40”, “2 h 40”."""

from calendar import monthrange
from datetime import date, datetime, time, timedelta
from functools import lru_cache
from html import escape

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.safestring import SafeString
from django.utils.translation import gettext_noop

from fixaloop.speed.texts import gettext as _, gettext as translated, language

HOUR = timedelta(hours=1)
NEAR = timedelta(hours=6)
MONTHS = (
    gettext_noop("janv."),
    gettext_noop("févr."),
    gettext_noop("mars"),
    gettext_noop("avr."),
    gettext_noop("mai"),
    gettext_noop("juin"),
    gettext_noop("juil."),
    gettext_noop("août"),
    gettext_noop("sept."),
    gettext_noop("oct."),
    gettext_noop("nov."),
    gettext_noop("déc."),
)


def start_of(day: date) -> datetime:
    return timezone.make_aware(datetime.combine(day, time.min))


def end_of(day: date) -> datetime:
    """The instant a day ends: the next one begins."""
    return start_of(day + timedelta(days=1))


def short_day(day: date, *, year: bool) -> str:
    values = {"day": day.day if day.day > 1 else _("1er"), "month": translated(MONTHS[day.month - 1]), "year": day.year}
    return (_("%(day)s %(month)s %(year)s") if year else _("%(day)s %(month)s")) % values


def say_days(first: date, last: date) -> str:
    """“25 déc. 2026”, “24 déc. 2026 – 2 janv. 2027”."""
    days = (first,) if first == last else (first, last)
    return " – ".join(short_day(day, year=True) for day in days)


def months_later(day: date, months: int) -> date:
    """The same day of another month, or its last day where it is shorter."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


def long_day(day: date) -> str:
    """“1er décembre 2023”; a moment counts by its day in the firm's time zone."""
    return said_day(day, "j F Y")


def full_day(day: date) -> str:
    """“mardi 1er décembre 2026”"""
    return said_day(day, "l j F Y")


def full_moment(moment: datetime) -> str:
    """“mardi 1er décembre 2026 à 14 h 32”"""
    return _("%(day)s à %(time)s") % {"day": full_day(moment), "time": say_clock(local(moment))}


def said_day(day: date, form: str) -> str:
    """A day in one of Django's formats that begin with the day or its weekday; the first of a month is “1er”."""
    if isinstance(day, datetime):
        day = timezone.localdate(day)
    said = date_format(day, form)
    return said.replace("1", _("1er"), 1) if day.day == 1 else said


def local(moment: datetime) -> datetime:
    """A moment in the firm's time zone, quicker than Django's `localtime`, which looks for another zone each time."""
    return moment.astimezone(timezone.get_default_timezone())


@lru_cache(maxsize=8)
def day_of(at: datetime) -> date:
    """The firm's day at the moment of a page. Kept: each row asks for it."""
    return local(at).date()


def say_moment(moment: datetime, at: datetime) -> str:
    """“il y a 12 min”, “aujourd’hui 14 h 32”, “hier 17 h 40”, “18 sept. 9 h 15”, “18 sept. 2025”."""
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
    return _("%(day)s %(time)s") % {"day": day, "time": say_clock(by_clock)}


@lru_cache(maxsize=4096)
def _said(day: date, today: date, language: str | None) -> str:
    return _near_day(day, today) or short_day(day, year=day.year != today.year)


def moment_html(moment: datetime, at: datetime) -> SafeString:
    """`say_moment` as an element that shows the exact time on hover."""
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


def say_clock(moment: datetime | time) -> str:
    """“8 h”, “14 h 30”: the hour of a local moment."""
    return say_hour(moment.hour, moment.minute)


def say_hour(hour: int, minute: int) -> str:
    """“8 h”, “14 h 30”, “24 h” where a day ends."""
    if not minute:
        return _("%(hour)s h") % {"hour": hour}
    return _("%(hour)s h %(minute)s") % {"hour": hour, "minute": f"{minute:02d}"}


def say_on(moment: datetime, at: datetime) -> str:
    """“demain à 9 h”, “le 18 sept. à 9 h 15”, “le 18 sept. 2025 à 9 h 15”: when, within a sentence."""
    by_clock, today = local(moment), day_of(at)
    day = by_clock.date()
    said = _near_day(day, today) or _("le %(day)s") % {"day": short_day(day, year=day.year != today.year)}
    return _("%(day)s à %(time)s") % {"day": said, "time": say_clock(by_clock)}


def say_full(moment: datetime) -> str:
    """“18 sept. 2025 à 9 h 15”: a moment among facts."""
    by_clock = local(moment)
    return _("%(day)s à %(time)s") % {"day": short_day(by_clock.date(), year=True), "time": say_clock(by_clock)}


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


def say_since(start: datetime, at: datetime) -> str:
    """« depuis 8 h 12 (2 h 05) », « depuis hier 18 h 40 », « depuis le 3 nov. 9 h 10 »."""
    began, now = local(start), local(at)
    clock = say_clock(began)
    if began.date() == now.date():
        return _("depuis %(time)s (%(duration)s)") % {"time": clock, "duration": say_length(at - start)}
    if began.date() == now.date() - timedelta(days=1):
        return _("depuis hier %(time)s") % {"time": clock}
    day = short_day(began.date(), year=began.year != now.year)
    return _("depuis le %(day)s %(time)s") % {"day": day, "time": clock}
