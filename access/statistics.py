"""What the gate knows of one client, in figures."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db.models import Count, Q, Sum
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import number_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from access.filters.entries import SEE_MONEY
from access.models import AccessCard, Entry, Vehicle
from access.services.payments import money
from access.standing import card_state
from clients.models import NEVER, Client
from fixaloop.moments import moment_html
from interventions.statistics import Line


def statistics(client: Client, user: Any) -> dict[str, Any] | None:
    """Visits, cards, vehicles and the open balance of a client; None for whom may see none of them."""
    now = timezone.now()
    lines = [*_visits(client, user, now), *_cards(client, user, now), *_vehicles(client, user)]
    return {"lines": lines} if lines else None


def _visits(client: Client, user: Any, now: datetime) -> list[Line]:
    if not user.has_perm("access.view_entry"):
        return []
    url, owing = reverse("client-entries", args=[client.reference]), Q(balance__gt=0)
    counted: dict[str, Any] = {"visits": 0, "unpaid": 0, "owed": None}
    last = _("jamais")
    if client.last_visit_at > NEVER:
        counted = Entry.objects.filter(client=client).aggregate(
            visits=Count("pk"), unpaid=Count("pk", filter=owing), owed=Sum("balance", filter=owing)
        )
        last = moment_html(client.last_visit_at, now)
    lines = [Line(_("Visites"), number_format(counted["visits"]), url), Line(_("Dernière visite"), last)]
    if client.inside_since:
        since = f"{timezone.localtime(client.inside_since):%d/%m/%Y %H:%M}"
        lines.append(Line(_("Sur place depuis"), since, f"{url}?open=true"))
    if user.has_perm(SEE_MONEY):
        owed = money(counted["owed"] or Decimal(0))
        if counted["unpaid"]:
            unpaid = ngettext("%(count)s entrée impayée", "%(count)s entrées impayées", counted["unpaid"])
            owed = f"{unpaid % {'count': number_format(counted['unpaid'])}} · {owed}"
        lines.append(Line(_("Solde"), owed, f"{url}?payment=unpaid" if counted["unpaid"] else ""))
    return lines


def _cards(client: Client, user: Any, now: datetime) -> list[Line]:
    if not user.has_perm("access.view_accesscard"):
        return []
    today = timezone.localdate(now)
    has_some = card_state(client, today) == "active"
    usable = AccessCard.objects.filter(client=client).usable(today).count() if has_some else 0
    url = f"{reverse('client-cards', args=[client.reference])}?status=active"
    return [Line(_("Cartes valables"), number_format(usable), url if usable else "")]


def _vehicles(client: Client, user: Any) -> list[Line]:
    if not user.has_perm("access.view_vehicle"):
        return []
    count = Vehicle.objects.filter(client=client, is_active=True).count()
    return [Line(_("Véhicules"), number_format(count), reverse("client-vehicles", args=[client.reference]))]
