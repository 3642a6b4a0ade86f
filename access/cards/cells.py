"""The cells of cards."""

from __future__ import annotations

from datetime import date, datetime
from html import escape

from django.utils import timezone
from django.utils.formats import number_format
from django.utils.translation import ngettext

from access.cards.filters import STATES
from access.models import AccessCard
from access.shared.cells import chip, day_text, names
from fixaloop.speed.translation import gettext as _
from fixaloop.words.moments import moment_html

SOON = 30
LOOKS = {
    "active": ("ok", "check"),
    "expired": ("warn", "calendar-x"),
    "upcoming": ("brand", "calendar-clock"),
    "suspended": ("warn", "pause"),
    "lost": ("stop", "search-x"),
    "revoked": ("muted", "ban"),
}


def identity_cell(card: AccessCard, at: datetime) -> str:
    """The username, as the link to the card, over its kind."""
    below = card.get_kind_display() + (f" · {card.badge_number}" if card.badge_number else "")
    return (
        f'<a class="who" href="/access/cards/{card.pk}/">{escape(card.username)}</a>'
        f' <small class="num">{escape(below)}</small>'
    )


def state_chip(card: AccessCard, today: date) -> str:
    """What a card is on a day, in a word."""
    state = card.state(today)
    return chip(str(dict(STATES)[state]), *LOOKS[state])


def state_cell(card: AccessCard, at: datetime) -> str:
    """What a card is now, and why it was decided."""
    reason = f" <small>{escape(card.status_reason)}</small>" if card.status_reason else ""
    return state_chip(card, timezone.localdate(at)) + reason


def validity_cell(card: AccessCard, at: datetime) -> str:
    """The last day, over the first; that it is near."""
    today = timezone.localdate(at)
    since = escape(_("depuis le %(day)s") % {"day": day_text(card.valid_from)})
    if card.valid_until is None:
        endless = _("sans fin")
        return f"{escape(endless)} <small>{since}</small>"
    last = day_text(card.valid_until)
    left = (card.valid_until - today).days
    if card.state(today) == "active" and left <= SOON:
        return f"{last} {chip(_expires_in(left), 'warn')} <small>{since}</small>"
    return f"{last} <small>{since}</small>"


def _expires_in(days: int) -> str:
    if not days:
        return _("dernier jour")
    return ngettext("expire dans %(days)s jour", "expire dans %(days)s jours", days) % {"days": days}


def zones_cell(card: AccessCard, at: datetime) -> str:
    """The zones it opens."""
    if card.everywhere:
        return f'<span class="soft">{escape(_("toutes"))}</span>'
    return names(card.zones.all())


def use_cell(card: AccessCard, at: datetime) -> str:
    """When it was last used, over how often."""
    if not card.was_used:
        return f'<span class="soft">{escape(_("jamais"))}</span>'
    times = ngettext("%(count)s passage", "%(count)s passages", card.use_count)
    times %= {"count": number_format(card.use_count)}
    return f"{moment_html(card.last_used_at, at)} <small>{escape(times)}</small>"
