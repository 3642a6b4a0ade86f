"""Cells of lists of clients: last visit, card, presence."""

from datetime import datetime
from html import escape

from django.utils import timezone

from access.models.cards import SOON
from clients.card_state import card_state
from clients.lists.cells import NOTHING
from clients.models import NEVER, Client
from fixaloop.speed.translation import gettext as _
from fixaloop.web.icons import chip
from fixaloop.words.dates import day_of, moment_html


def visit_cell(client: Client, at: datetime) -> str:
    if client.last_visit_at <= NEVER:
        return f'<span class="soft">{escape(_("jamais"))}</span>'
    inside = f" {chip(_('Sur place'), 'ok')}" if client.inside_since else ""
    return f"{moment_html(client.last_visit_at, at)}{inside}"


def card_cell(client: Client, at: datetime) -> str:
    today = day_of(at)
    state = card_state(client, today)
    if state == "active" and client.last_card_day:
        left = (client.last_card_day - today).days
        return chip(_("Expire dans %(days)s j") % {"days": left}, "warn") if left <= SOON else chip(_("Valable"), "ok")
    if state == "expired":
        return chip(_("Expirée"), "warn")
    return chip(_("Suspendue"), "stop") if state == "suspended" else NOTHING


def inside_chip(client: Client, at: datetime) -> str:
    if client.inside_since is None:
        return ""
    local = timezone.localtime(client.inside_since)
    same_day = local.date() == timezone.localdate(at)
    since = f"{local:%H:%M}" if same_day else f"{local:%d/%m %H:%M}"
    return chip(_("Sur place depuis %(since)s") % {"since": since}, "ok", "map-pin")
