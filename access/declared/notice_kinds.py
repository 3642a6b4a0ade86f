"""The notices about cards, stays and readers, and their recipients."""

from collections.abc import Callable, Collection, Mapping
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _, gettext_lazy

from access.models import AccessCard, Device
from access.notices import letters, words
from clients.models import Client
from fixaloop.notices.kinds import NoticeKind, Values

SEE_CLIENT = "clients.view_client"


def _cards(keys: Collection[int]) -> Mapping[int, AccessCard]:
    return AccessCard.objects.select_related("client").in_bulk(keys)


def _of_card(said: Callable[[Values], str]) -> Callable[[AccessCard, Values], str]:
    def say(card: AccessCard, values: Values) -> str:
        who = _("%(client)s, carte %(card)s") % {"client": card.client.name, "card": card.holder}
        return _("%(who)s : %(what)s") % {"who": who, "what": said(values)}

    return say


def of_client(said: Callable[[Values], str]) -> Callable[[Client, Values], str]:
    def say(client: Client, values: Values) -> str:
        return _("%(who)s : %(what)s") % {"who": client.name, "what": said(values)}

    return say


def _of_device(said: Callable[[Values], str]) -> Callable[[Any, Values], str]:
    def say(device: Any, values: Values) -> str:
        return _("%(who)s : %(what)s") % {"who": device.name, "what": said(values)}

    return say


class Readers:
    """All readers, as the subject of what no reader of ours did."""

    def get_absolute_url(self) -> str:
        return reverse("access:devices")


def _readers(keys: Collection[int]) -> Mapping[int, Readers]:
    return dict.fromkeys(keys, Readers())


def _say_wrong_tokens(_readers: Any, values: Values) -> str:
    return words.wrong_tokens(values)


LETTERS = letters.LETTERS
KINDS = (
    NoticeKind(
        "card_ending",
        gettext_lazy("Carte bientôt expirée"),
        "id-card",
        "warn",
        (SEE_CLIENT, "access.view_accesscard"),
        _cards,
        _of_card(words.card_ending),
    ),
    NoticeKind(
        "lost_card_used",
        gettext_lazy("Carte perdue utilisée"),
        "shield-alert",
        "stop",
        (SEE_CLIENT, "access.view_accesscard", "access.view_event"),
        _cards,
        _of_card(words.lost_card_used),
    ),
    NoticeKind(
        "refused_often",
        gettext_lazy("Refus répétés"),
        "ban",
        "stop",
        (SEE_CLIENT, "access.view_event"),
        Client.objects.in_bulk,
        of_client(words.refused_often),
    ),
    NoticeKind(
        "unpaid_over",
        gettext_lazy("Impayé au-delà de la limite"),
        "euro",
        "warn",
        (SEE_CLIENT, "access.view_entry", "access.view_payment"),
        Client.objects.in_bulk,
        of_client(words.unpaid_over),
    ),
    NoticeKind(
        "reader_silent",
        gettext_lazy("Lecteur muet"),
        "radio-tower",
        "stop",
        ("access.view_device",),
        Device.objects.in_bulk,
        _of_device(words.reader_silent),
    ),
    NoticeKind(
        "reader_flooding",
        gettext_lazy("Lecteur qui demande sans cesse"),
        "radio-tower",
        "stop",
        ("access.view_device",),
        Device.objects.in_bulk,
        _of_device(words.reader_flooding),
    ),
    NoticeKind(
        "wrong_tokens",
        gettext_lazy("Jetons inconnus"),
        "shield-alert",
        "stop",
        ("access.change_device",),
        _readers,
        _say_wrong_tokens,
    ),
)
