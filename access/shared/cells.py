"""What several lists of access show alike."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime
from functools import lru_cache
from html import escape
from typing import Any

from django.utils.formats import date_format

from clients.lists.cells import NOTHING
from clients.models import Client
from clients.status import is_active
from fixaloop.speed.translation import gettext, language
from fixaloop.web.icons import icon


@lru_cache(maxsize=256)
def chip(label: str, tone: str, name: str = "") -> str:
    """A word on its tone, with its icon."""
    return f'<span class="chip" data-tone="{tone}">{icon(name, 14) if name else ""}{escape(label)}</span>'


def client_cell(row: Any, at: datetime) -> str:
    """Whose it is."""
    return _named(row.client) if row.client_id else NOTHING


def holder_cell(row: Any, at: datetime) -> str:
    """Whose it is, and that he is inactive, which closes the gate to him."""
    inactive = gettext("client inactif")
    return _named(row.client, "" if is_active(row.client, at) else f" · {inactive}")


def _named(client: Client, mark: str = "") -> str:
    reference, mark = client.reference, escape(mark)
    return f'<a href="/clients/{reference}/">{escape(client.name)}</a> <small class="num">{reference}{mark}</small>'


def zone_cell(row: Any, at: datetime) -> str:
    """The zone it is about."""
    return escape(row.zone.name) if row.zone_id else NOTHING


def names(things: Iterable[Any]) -> str:
    """Names one after the other."""
    return escape(", ".join(str(thing) for thing in things)) or NOTHING


def tags_cell(row: Any, at: datetime) -> str:
    """Its tags."""
    return " ".join(f'<span class="chip">{escape(tag.name)}</span>' for tag in row.tags.all()) or NOTHING


@lru_cache(maxsize=4096)
def _day(day: date, language: str | None) -> str:
    return escape(date_format(day, "SHORT_DATE_FORMAT"))


def day_text(day: date) -> str:
    """A day in figures."""
    return _day(day, language())
