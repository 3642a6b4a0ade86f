"""How a client shows in a row: its cells as safe HTML, written once for every list that has clients in it."""

from __future__ import annotations

from datetime import datetime

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe

from clients.models import Client
from fixaloop.icons import icon
from interventions import activity

NOTHING = mark_safe('<span class="soft">—</span>')


def identity_cell(client: Client, at: datetime) -> SafeString:
    """The name, as the link to the client, over its reference and kind."""
    return format_html(
        '<a class="who" href="/clients/{0}/">{1}</a> <small class="num">{0} · {2}</small>',
        client.reference,
        client.name,
        client.get_kind_display(),
    )


def status_cell(client: Client, at: datetime) -> SafeString:
    """The status and the fact that decides it."""
    status = activity.explain(client, at)
    return format_html(
        '<span class="chip" data-tone="{}">{}{}</span> <small>{}</small>',
        status.tone,
        icon(status.icon, 14),
        status.label,
        status.reason,
    )


def company_cell(client: Client, at: datetime) -> SafeString:
    """The company the client belongs to."""
    if client.company is None:
        return NOTHING
    return format_html('<a href="/clients/{}/">{}</a>', client.company.reference, client.company.name)


def contact_cell(client: Client, at: datetime) -> SafeString:
    """Phone over e-mail, each a link."""
    if not client.phone and not client.email:
        return NOTHING
    phone = format_html('<a href="tel:{}">{}</a>', client.phone, client.phone_display) if client.phone else ""
    email = format_html('<a href="mailto:{0}">{0}</a>', client.email) if client.email else ""
    return format_html("{} <small>{}</small>", phone or NOTHING, email or NOTHING)


def town_cell(client: Client, at: datetime) -> SafeString:
    """The town over its postal code and, abroad, the country."""
    if not client.city and not client.postal_code:
        return NOTHING
    country = "" if client.country == "FR" else client.country.name
    return format_html(
        '{} <small class="num">{}</small>',
        client.city or "—",
        f"{client.postal_code} {country}",
    )


def created_cell(client: Client, at: datetime) -> SafeString:
    """The day the client was created."""
    day = timezone.localtime(client.created_at)
    return format_html(
        '<time datetime="{}">{}</time>',
        day.date().isoformat(),
        date_format(day, "SHORT_DATE_FORMAT"),
    )
