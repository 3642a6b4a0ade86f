"""What a client’s page tells of its access: presence, figures, and what making it inactive would do at the gate."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from functools import cache
from typing import Any

from django.db.models import Count, Exists, OuterRef, Q, QuerySet, Sum
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import number_format
from django.utils.translation import gettext as _, ngettext

from access.gate.opens import SHOWN, Held, held_by, opens_of_client
from access.models import AccessCard, Entry, Vehicle
from access.models.cards import is_worth
from access.models.entries import SEE_MONEY
from clients.models import NEVER, Client
from clients.status import active, is_active
from fixaloop.lists.figures import Figure, Line
from fixaloop.records.payments import ZERO
from fixaloop.web.icons import chip
from fixaloop.words.dates import day_of, local, moment_html, say_clock, say_full, say_since
from fixaloop.words.money import euros

SEE_ENTRIES = "access.view_entry"
# How many cards or stays are named; of more, the number is told.
NAMED = 3


def inside_chip(client: Client, at: datetime) -> str:
    if client.inside_since is None:
        return ""
    began = local(client.inside_since)
    clock = say_clock(began)
    start = clock if began.date() == day_of(at) else f"{began:%d/%m} {clock}"
    return chip(_("Sur place depuis %(since)s") % {"since": start}, "ok", "map-pin")


@dataclass(frozen=True)
class Stays:
    """How often a client came, and what it owes for that."""

    visits: int = 0
    unpaid: int = 0
    owed: Decimal = ZERO
    credit: Decimal = ZERO


def stays_of(client: Client, user: Any) -> Stays | None:
    """None without permission."""
    if not user.has_perm(SEE_ENTRIES):
        return None
    if client.last_visit_at <= NEVER:
        return Stays()
    found: dict[str, Any] | None = next(iter(_entries().filter(client=client)), None)
    if found is None:
        return Stays()
    return Stays(found["visits"], found["unpaid"], found["owed"] or ZERO, -(found["credit"] or ZERO))


def statistics(client: Client, user: Any) -> dict[str, Any] | None:
    now = timezone.now()
    held = held_by(client, now)
    lines = [*_visits(client, user, now), *_cards(client, held, user, now), *_vehicles(client, held, user)]
    may = {"see_cards": user.has_perm("access.view_accesscard"), "see_vehicles": user.has_perm("access.view_vehicle")}
    return {"lines": lines, "opens": opens_of_client(held, now, **may)} if lines else None


def _visits(client: Client, user: Any, now: datetime) -> list[Line]:
    stays = stays_of(client, user)
    if stays is None:
        return []
    url = reverse("client-entries", args=[client.reference])
    last = moment_html(client.last_visit_at, now) if client.last_visit_at > NEVER else _("jamais")
    lines = [Line(_("Visites"), number_format(stays.visits), url), Line(_("Dernière visite"), last)]
    if client.inside_since:
        lines.append(Line(_("Sur place depuis"), say_full(client.inside_since), f"{url}?open=true"))
    if user.has_perm(SEE_MONEY):
        owed = euros(stays.owed)
        if stays.unpaid:
            unpaid = ngettext("%(count)s entrée impayée", "%(count)s entrées impayées", stays.unpaid)
            owed = f"{unpaid % {'count': number_format(stays.unpaid)}} · {owed}"
        lines.append(Line(_("Solde"), owed, f"{url}?payment=unpaid" if stays.unpaid else ""))
    return lines


def _cards(client: Client, held: Held, user: Any, now: datetime) -> list[Line]:
    if not user.has_perm("access.view_accesscard"):
        return []
    usable = usable_cards(client, held, now)
    url = f"{reverse('client-cards', args=[client.reference])}?status=active"
    return [Line(_("Cartes valables"), number_format(usable), url if usable else "")]


def usable_cards(client: Client, held: Held, now: datetime) -> int:
    if len(held.cards) > SHOWN:
        return AccessCard.objects.filter(is_worth("active", now), client=client).count()
    return sum(card.worth(now) == "active" for card in held.cards)


def _vehicles(client: Client, held: Held, user: Any) -> list[Line]:
    if not user.has_perm("access.view_vehicle"):
        return []
    count = number_format(vehicles_on_the_road(client, held))
    return [Line(_("Véhicules"), count, reverse("client-vehicles", args=[client.reference]))]


def vehicles_on_the_road(client: Client, held: Held) -> int:
    count = len(held.vehicles)
    return count if count <= SHOWN else Vehicle.objects.filter(client=client, is_active=True).count()


# What is counted is put together once; only the client differs.


@cache
def _entries() -> QuerySet[Entry, Any]:
    owing = Q(balance__gt=0)
    return _by_client(
        Entry.objects.all(),
        visits=Count("pk", filter=Q(voided_at__isnull=True)),
        unpaid=Count("pk", filter=owing),
        owed=Sum("balance", filter=owing),
        # What was paid in advance for a stay under way is no credit.
        credit=Sum("balance", filter=Q(balance__lt=0, exited_at__isnull=False)),
    )


def _by_client(rows: QuerySet[Any], **figures: Any) -> QuerySet[Any, Any]:
    return rows.order_by().values("client").annotate(**figures)


def member_visits(company: Client, user: Any, *, has_members: bool) -> list[Figure]:
    if not user.has_perm("access.view_entry"):
        return []
    visits = Entry.objects.filter(client__company=company)
    counted: dict[str, Any] = {"total": 0, "owed": None}
    if has_members:
        counted = visits.aggregate(
            total=Count("pk", filter=Q(voided_at__isnull=True)), owed=Sum("balance", filter=Q(balance__gt=0))
        )
    owed = _("reste dû %(owed)s") % {"owed": euros(counted["owed"] or Decimal(0))}
    return [Figure(_("Visites"), number_format(counted["total"]), owed if user.has_perm(SEE_MONEY) else "")]


def consequences(client: Client, at: datetime) -> list[str]:
    """A sentence each; nothing for a client that is inactive or has no access."""
    if not is_active(client, at):
        return []
    said = [*_stopped_cards(client, at), *_stays(client, at)]
    return [*said, *_stopped_members(client, at)] if client.is_company else said


def _stopped_cards(client: Client, at: datetime) -> list[str]:
    usable = AccessCard.objects.filter(client=client).usable(at)
    names = list(usable.order_by("username_key").values_list("username", flat=True)[: NAMED + 1])
    if not names:
        return []
    count = len(names) if len(names) <= NAMED else usable.count()
    shown = ", ".join(names[:NAMED]) + ("…" if count > NAMED else "")
    sentence = ngettext(
        "%(count)s carte valable n’ouvrira plus aucune entrée : %(names)s.",
        "%(count)s cartes valables n’ouvriront plus aucune entrée : %(names)s.",
        count,
    )
    return [sentence % {"count": number_format(count, force_grouping=True), "names": shown}]


def _stays(client: Client, at: datetime) -> list[str]:
    entries = Entry.objects.open().people().filter(client=client).select_related("zone").order_by("entered_at")
    return [
        _("Sur place (%(zone)s, %(since)s) : la sortie restera possible, une nouvelle entrée sera refusée.")
        % {"zone": entry.zone.name, "since": say_since(entry.entered_at, at)}
        for entry in entries[:NAMED]
    ]


def _stopped_members(client: Client, at: datetime) -> list[str]:
    """Members of a company that is forced inactive lose access too, whatever their own status."""
    held = AccessCard.objects.usable(at).filter(client=OuterRef("pk"))
    members = Client.objects.filter(active(at), Exists(held), company=client).count()
    if not members:
        return []
    sentence = ngettext(
        "%(count)s client rattaché, actif et titulaire d’une carte, n’entrera plus si l’entreprise est forcée"
        " inactive.",
        "%(count)s clients rattachés, actifs et titulaires d’une carte, n’entreront plus si l’entreprise est forcée"
        " inactive.",
        members,
    )
    return [sentence % {"count": number_format(members, force_grouping=True)}]
