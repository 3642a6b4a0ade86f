"""Cells of a client in lists, as safe HTML.

Plain strings with `escape` around every value: `format_html` alone would take longer than the rest of the page.
"""

from datetime import datetime
from functools import lru_cache
from html import escape

from clients.models import Client
from clients.status import Status, explain
from clients.values import show_phone
from fixaloop.speed.texts import language
from fixaloop.web.icons import icon

NOTHING = '<span class="soft">—</span>'


def identity_cell(client: Client, at: datetime) -> str:
    reference, kind = client.reference, _kind(client.kind, language())
    return (
        f'<a class="who" href="/clients/{reference}/">{escape(client.name)}</a>'
        f' <small class="num">{reference} · {kind}</small>'
    )


def status_cell(client: Client, at: datetime) -> str:
    status = explain(client, at)
    return f"{_status_chip(status.is_active, language())} <small>{escape(status.reason)}</small>"


def company_cell(client: Client, at: datetime) -> str:
    if client.company is None:
        return NOTHING
    return f'<a href="/clients/{client.company.reference}/">{escape(client.company.name)}</a>'


def contact_cell(client: Client, at: datetime) -> str:
    phone, email = client.phone, escape(client.email)
    if not phone and not email:
        return NOTHING
    write = f'<a href="mailto:{email}">{email}</a>' if email else NOTHING
    return f"{_call(phone, client.country_code) if phone else NOTHING} <small>{write}</small>"


def town_cell(client: Client, at: datetime) -> str:
    if not client.city and not client.postal_code:
        return NOTHING
    abroad = "" if client.country_code == "FR" else f" {client.country.name}"
    return f'{escape(client.city) or "—"} <small class="num">{escape(client.postal_code + abroad)}</small>'


def _call(phone: str, country: str) -> str:
    return f'<a href="tel:{escape(phone)}">{escape(show_phone(phone, country))}</a>'


@lru_cache(maxsize=16)
def _status_chip(active: bool, language: str | None) -> str:
    status = Status(active, "")
    return f'<span class="chip" data-tone="{status.tone}">{icon(status.icon, 14)}{escape(status.label)}</span>'


@lru_cache(maxsize=32)
def _kind(kind: str, language: str | None) -> str:
    return escape(str(Client.Kind(kind).label))
