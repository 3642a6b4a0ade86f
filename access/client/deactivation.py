"""What making a client inactive would do at the gate, shown before it is done."""

from datetime import datetime

from django.db.models import Exists, OuterRef
from django.utils import timezone
from django.utils.formats import number_format
from django.utils.translation import gettext as _, ngettext

from access.counter.person import since
from access.models import AccessCard, Entry
from clients.models import Client
from clients.status import active, is_active

_NAMED = 3


def consequences(client: Client, at: datetime) -> list[str]:
    """A sentence each; nothing for a client that is inactive or has no access."""
    if not is_active(client, at):
        return []
    said = [*_cards(client, at), *_inside(client, at)]
    return [*said, *_members(client, at)] if client.is_company else said


def _cards(client: Client, at: datetime) -> list[str]:
    usable = AccessCard.objects.filter(client=client).usable(timezone.localdate(at))
    names = list(usable.order_by("username_key").values_list("username", flat=True)[: _NAMED + 1])
    if not names:
        return []
    count = len(names) if len(names) <= _NAMED else usable.count()
    shown = ", ".join(names[:_NAMED]) + ("…" if count > _NAMED else "")
    sentence = ngettext(
        "%(count)s carte valable n’ouvrira plus aucune entrée : %(names)s.",
        "%(count)s cartes valables n’ouvriront plus aucune entrée : %(names)s.",
        count,
    )
    return [sentence % {"count": number_format(count, force_grouping=True), "names": shown}]


def _inside(client: Client, at: datetime) -> list[str]:
    entries = Entry.objects.open().filter(client=client).select_related("zone").order_by("entered_at")
    return [
        _("Sur place (%(zone)s, %(since)s) : la sortie restera possible, une nouvelle entrée sera refusée.")
        % {"zone": entry.zone.name, "since": since(entry.entered_at, at)}
        for entry in entries[:_NAMED]
    ]


def _members(client: Client, at: datetime) -> list[str]:
    """Members of a company that is forced inactive lose access too, whatever their own status."""
    held = AccessCard.objects.usable(timezone.localdate(at)).filter(client=OuterRef("pk"))
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
