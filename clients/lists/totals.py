"""What the members of a company come to together, for reporting and billing by company (product.md §1)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any

from django.db.models import Count, F, Q, Sum
from django.utils.formats import number_format
from django.utils.translation import gettext as _

from access.client.filters import SEE_CARDS, SEE_ENTRIES
from access.entries.filters import SEE_MONEY as SEE_ENTRY_MONEY
from access.models import Entry
from clients.models import Client
from fixaloop.lists.figures import Figure
from fixaloop.words.money import euros
from interventions.models import Intervention
from interventions.rights import SEE_MONEY, VIEW
from interventions.states import OPEN, State

# What members come to where there are none.
NOTHING = {"total": 0, "open": 0, "billed": None, "paid": None, "owed": None}


def totals(company: Client, user: Any, members: Mapping[str, int]) -> list[Figure]:
    """The figures of a company's members beside their number, as far as somebody may see what they count.

    `members`: how many there are in `total`, are `inside`, are `with_card`.
    """
    has_some = members["total"] > 0
    return [
        *_presence(user, members["inside"], members["with_card"]),
        *(_work(_counted_work(company) if has_some else NOTHING, user) if user.has_perm(VIEW) else ()),
        *(_visits(_counted_visits(company) if has_some else NOTHING, user) if user.has_perm(SEE_ENTRIES) else ()),
    ]


def _presence(user: Any, inside: int, with_card: int) -> Iterator[Figure]:
    cards = _("%(count)s avec une carte valable") % {"count": number_format(with_card)}
    note = cards if user.has_perm(SEE_CARDS) else ""
    if user.has_perm(SEE_ENTRIES):
        yield Figure(_("Sur place maintenant"), number_format(inside), note)
    elif note:
        yield Figure(_("Cartes d’accès"), number_format(with_card), _("membres avec une carte valable"))


def _counted_work(company: Client) -> Mapping[str, Any]:
    billed = ~Q(state=State.CANCELLED)
    return Intervention.objects.filter(client__company=company).aggregate(
        total=Count("pk"),
        open=Count("pk", filter=Q(state__in=OPEN)),
        billed=Sum(F("parts_amount") + F("labor_amount"), filter=billed),
        paid=Sum("paid_amount"),
        owed=Sum("balance", filter=Q(balance__gt=0)),
    )


def _work(counted: Mapping[str, Any], user: Any) -> Iterator[Figure]:
    note = _("dont %(count)s en cours") % {"count": number_format(counted["open"])}
    yield Figure(_("Interventions"), number_format(counted["total"]), note)
    if user.has_perm(SEE_MONEY):
        money = {name: euros(counted[name] or Decimal(0)) for name in ("billed", "paid", "owed")}
        yield Figure(_("Facturé"), money["billed"], _("%(paid)s payés, reste dû %(owed)s") % money)


def _counted_visits(company: Client) -> Mapping[str, Any]:
    visits = Entry.objects.filter(client__company=company)
    return visits.aggregate(total=Count("pk"), owed=Sum("balance", filter=Q(balance__gt=0)))


def _visits(counted: Mapping[str, Any], user: Any) -> Iterator[Figure]:
    owed = _("reste dû %(owed)s") % {"owed": euros(counted["owed"] or Decimal(0))}
    yield Figure(_("Visites"), number_format(counted["total"]), owed if user.has_perm(SEE_ENTRY_MONEY) else "")
