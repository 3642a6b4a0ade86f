"""The client that a row names, by reference, e-mail, SIRET or external reference; a chunk at a time."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence

from django.db.models.functions import Lower
from django.utils.translation import gettext as _

from clients.models import Client, FormerReference
from clients.reference import CLIENT, parse_reference
from fixaloop.imports.report import Record

SIRET_LENGTH = 14
KEYS = ("reference", "email", "siret", "external_reference")


class Owners:
    """The clients that the rows of a chunk name; `key` says how, where the file leaves it open."""

    def __init__(self, records: Sequence[Record], key: str = "") -> None:
        self._key = key
        texts = {record.typed.get("client", "").strip() for record in records} - {""}
        self._found: dict[tuple[str, str], list[Client]] = defaultdict(list)
        numbers = {parse_reference(text) for text in texts} - {None}
        self._keep("reference", Client.objects.filter(number__in=numbers))
        self._follow_merges(numbers)
        emails = [text.lower() for text in texts if "@" in text]
        self._keep("email", Client.objects.alias(address=Lower("email")).filter(address__in=emails).exclude(email=""))
        self._keep("siret", Client.objects.filter(siret__in=filter(None, map(_siret, texts))))
        named = Client.objects.exclude(external_reference="").filter(external_reference__in=texts)
        self._keep("external_reference", named)

    def _keep(self, key: str, clients: Iterable[Client]) -> None:
        for client in clients:
            value = client.reference if key == "reference" else getattr(client, key)
            self._found[key, str(value).lower()].append(client)

    def _follow_merges(self, numbers: Collection[int | None]) -> None:
        """The client that another was merged into answers to the reference of that one too, as on pages."""
        merged = FormerReference.objects.filter(pk__in=numbers).select_related("client")
        for former in merged:
            self._found["reference", CLIENT.show(former.pk).lower()].append(former.client)

    def of(self, record: Record) -> Client | None:
        """The client a row names; None where it names none, or several, and the row says so."""
        text = record.typed.get("client", "").strip()
        if not text:
            record.refuse("client", _("Indiquez le client : référence, e-mail, SIRET ou référence externe."))
            return None
        for key in (self._key,) if self._key else KEYS:
            clients = self._found.get((key, self._written(key, text)), [])
            if len(clients) == 1:
                return clients[0]
            if clients:
                record.refuse("client", _("Plusieurs clients ont ce SIRET : indiquez la référence (CLT-…)."))
                return None
        record.refuse("client", _("Aucun client ne répond à cette référence, cet e-mail ou ce SIRET."))
        return None

    @staticmethod
    def _written(key: str, text: str) -> str:
        if key == "reference":
            number = parse_reference(text)
            return f"clt-{number:03d}" if number is not None else ""
        return _siret(text) if key == "siret" else text.lower()


def _siret(text: str) -> str:
    digits = text.replace(" ", "").replace("\xa0", "")
    return digits if digits.isascii() and digits.isdigit() and len(digits) == SIRET_LENGTH else ""
