"""What a merge chooses between, value by value. What is not chosen goes into the description: nothing is lost."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _, gettext_lazy

from clients.models import Client
from clients.payers import say_payer
from clients.typed import SUBSCRIPTION
from clients.values.contacts import MOST, Line, distinct, read_lines, write_lines
from fixaloop.records.refusal import Refused
from fixaloop.words.dates import say_days

REACHED_BY = ("email", "phone")
KEPT, LOST = "kept", "lost"
FORCING = ("status_mode", "status_until", "status_reason")


@dataclass(frozen=True)
class Group:
    """Columns that go together: half of one address and half of another is nobody’s."""

    name: str
    label: Any
    columns: tuple[str, ...]

    def text(self, client: Client) -> str:
        return TEXTS[self.name](client) if self.name in TEXTS else str(getattr(client, self.columns[0]) or "")


@dataclass(frozen=True)
class Choice:
    """The two values of a group, the better one, and why it is."""

    group: Group
    kept: str
    lost: str
    better: str
    reason: str

    @property
    def is_open(self) -> bool:
        """Whether somebody has to choose: both have a value, and not the same."""
        return bool(self.kept and self.lost) and self.kept.casefold() != self.lost.casefold()


def _address(client: Client) -> str:
    lines = [client.street, client.street_extra, f"{client.postal_code} {client.city}".strip()]
    told = ", ".join(filter(None, lines))
    abroad = f", {client.country.name}" if client.country_code != "FR" else ""
    return told + abroad if told else ""


def _status(client: Client) -> str:
    until = date_format(timezone.localtime(client.status_until), "SHORT_DATE_FORMAT") if client.status_until else ""
    until = _("jusqu’au %(day)s") % {"day": until} if until else ""
    return ", ".join(filter(None, (str(client.get_status_mode_display()), until, client.status_reason)))


def _subscription(client: Client) -> str:
    if client.subscribed_until is None:
        return ""
    return say_days(client.subscribed_from or client.subscribed_until, client.subscribed_until)


TEXTS = {
    "name": lambda client: " · ".join(filter(None, (client.company_name, client.contact))),
    "siret": lambda client: client.siret_display,
    "phone": lambda client: client.phone_display,
    "address": _address,
    "language": lambda client: str(client.get_language_display()),
    "channel": lambda client: str(client.get_channel_display()) if client.channel != Client.Channel.NONE else "",
    # The reference alone: a name would stay in this text when that company is forgotten.
    "company": lambda client: f"{client.company.reference} ({say_payer(client)})" if client.company else "",
    "subscription": _subscription,
    "status": _status,
}
GROUPS = (
    Group("name", gettext_lazy("nom"), ("first_name", "last_name", "company_name")),
    Group("siret", gettext_lazy("SIRET"), ("siret",)),
    Group("email", gettext_lazy("e-mail"), ("email",)),
    Group("phone", gettext_lazy("téléphone"), ("phone",)),
    Group("address", gettext_lazy("adresse"), ("street", "street_extra", "postal_code", "city", "country")),
    Group("company", gettext_lazy("entreprise (et qui paie)"), ("company", "payer", "payer_since")),
    Group("external_reference", gettext_lazy("référence externe"), ("external_reference",)),
    Group("language", gettext_lazy("langue des messages"), ("language",)),
    Group("channel", gettext_lazy("canal préféré"), ("channel",)),
    Group("subscription", gettext_lazy("abonnement"), SUBSCRIPTION),
    Group("status", gettext_lazy("statut"), FORCING),
)


def choices(kept: Client, lost: Client) -> list[Choice]:
    found = (_choice(group, kept, lost) for group in GROUPS)
    return [choice for choice in found if choice.kept or choice.lost]


def _choice(group: Group, kept: Client, lost: Client) -> Choice:
    texts = _text(group, kept, lost), _text(group, lost, kept)
    if not all(texts) or group.name == "status" or not may_take(group, kept, lost):
        return Choice(group, *texts, LOST if texts[1] and not texts[0] else KEPT, "")
    filled = [sum(bool(getattr(client, name)) for name in group.columns) for client in (kept, lost)]
    if filled[0] != filled[1]:
        return Choice(group, *texts, KEPT if filled[0] > filled[1] else LOST, str(_("plus complet")))
    newer = KEPT if kept.updated_at >= lost.updated_at else LOST
    return Choice(group, *texts, newer, str(_("fiche modifiée en dernier")))


def _text(group: Group, client: Client, other: Client) -> str:
    """What a client has. A company that is the other one does not count: nobody works for itself."""
    return "" if group.name == "company" and client.company_id == other.pk else group.text(client)


def may_take(group: Group, kept: Client, lost: Client) -> bool:
    """Whether the client kept may have the value of the other: a person has no SIRET, and stays a person."""
    return group.name not in ("name", "siret") or kept.kind == lost.kind


def take(kept: Client, lost: Client, chosen: Mapping[str, str]) -> None:
    """Write into `kept` what was chosen by group, what `lost` alone has, and the rest into its description.

    Raises `Refused` if the description would be too long.
    """
    lines = [
        *read_lines(kept.other_contacts),
        *(Line(value) for client in (kept, lost) for value in (client.phone, client.email)),
        *read_lines(lost.other_contacts),
    ]
    rest = list(_take_values(kept, lost, chosen))
    # Who refused messages under one record refused them.
    kept.no_messages = kept.no_messages or lost.no_messages
    contacts = distinct(lines, (kept.phone, kept.email))
    kept.other_contacts = write_lines(contacts[:MOST])
    rest += [line.value for line in contacts[MOST:]]
    told = _("Fusion avec %(reference)s : %(rest)s") % {"reference": lost.reference, "rest": " ; ".join(rest)}
    texts = dict.fromkeys(filter(None, (kept.description, lost.description, told if rest else "")))
    description = "\n\n".join(texts)
    longest = Client._meta.get_field("description").max_length or 0
    if len(description) > longest:
        message = _(
            "La description aurait %(length)d caractères ; %(limit)d au plus. Raccourcissez d’abord l’une des deux."
        )
        raise Refused([message % {"length": len(description), "limit": longest}])
    kept.description = description


def _take_values(kept: Client, lost: Client, chosen: Mapping[str, str]) -> Iterator[str]:
    """Take them, and yield in words each value that is left. A phone or an e-mail stays with the other contacts."""
    for choice in choices(kept, lost):
        group, side = choice.group, choice.better
        if choice.is_open:
            side = chosen.get(group.name, KEPT)
        taken, left = choice.kept, choice.lost
        if side == LOST and may_take(group, kept, lost):
            _copy(group.columns, lost, kept)
            taken, left = left, taken
        if left and left.casefold() != taken.casefold() and group.name not in REACHED_BY:
            yield f"{group.label} {left}"


def _copy(columns: Collection[str], source: Client, target: Client) -> None:
    for name in columns:
        setattr(target, name, getattr(source, name))
