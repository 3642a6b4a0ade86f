"""Imports of what belongs to a client: rows name it by reference, e-mail, SIRET, external reference or name."""

from abc import abstractmethod
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, ClassVar

from django.utils.translation import gettext as _, gettext_lazy

from clients.imports.namesakes import TOLD, Namesakes
from clients.models import Client, FormerKey, FormerReference, OtherContact
from clients.reference import CLIENT, parse_reference
from fixaloop.imports.importer import Importer, Options
from fixaloop.imports.report import Action, Record
from fixaloop.models import ImportBatch
from fixaloop.records.bulk import Signature

SIRET_LENGTH = 14
KEYS = ("reference", "email", "siret", "external_reference")
CLIENT_FIELD, NAME = "client", "client_name"
# The fields of a row that say whose it is, and which key each of them is; `client` may be any of them, or a name.
OF_FIELDS = {"client_email": "email", "client_siret": "siret", "client_code": "external_reference"}
FIELDS = (CLIENT_FIELD, *OF_FIELDS, NAME)
KEY_WORDS = {
    "reference": gettext_lazy("référence"),
    "email": gettext_lazy("e-mail"),
    "siret": "SIRET",
    "external_reference": gettext_lazy("référence externe"),
}


class OwnedImporter(Importer):
    """Imports things that belong to a client, named by the rows."""

    keys = KEYS
    key_words = KEY_WORDS
    # The fields that a simulation shows of a row: its title, then what stands beside.
    titled: ClassVar[Sequence[str]]

    def __init__(self, options: Options) -> None:
        super().__init__(options)
        # The client of each row of the chunk, by the row's number.
        self.clients: dict[int, Client] = {}

    def settle(self, records: Sequence[Record]) -> None:
        if not self.options.key:
            self.complete(records)
        owners = Owners(records, self.options.key)
        self.clients = {record.number: client for record in records if (client := owners.of(record))}
        owned = [record for record in records if record.number in self.clients]
        for record in owned:
            record.values["client_id"] = self.clients[record.number].pk
        self.look_up(owned)
        for record in owned:
            if not record.errors:
                self.settle_row(record, self.clients[record.number])

    def complete(self, records: Sequence[Record]) -> None:
        """Name the client of rows that name none, where another cell determines it."""

    def settle_row(self, record: Record, client: Client) -> None:
        row = self.match(record, client)
        if not record.errors:
            self.decide(record, row)

    @abstractmethod
    def look_up(self, records: Sequence[Record]) -> None:
        """Load what a chunk's rows may be, in a few queries."""

    @abstractmethod
    def match(self, record: Record, client: Client) -> Any:
        """What a row already is; None for a new one. Rows that contradict what is there are refused."""

    def write(self, records: Sequence[Record], batch: ImportBatch, at: datetime) -> None:
        super().write(records, batch, at)
        created = {record.values["client_id"] for record in records if record.action is Action.CREATE}
        self.refresh(created | self.clients_of(record.target for record in records if record.target is not None))

    def shown(self, record: Record) -> tuple[str, str]:
        title, *more = (record.typed.get(name, "").strip() for name in self.titled)
        client = self.clients.get(record.number)
        owner = str(client) if client else next(iter(texts_of(record).values()), "")
        return title or owner, " · ".join(filter(None, (owner if title else "", *more)))

    @classmethod
    def restore(cls, before: Mapping[int, dict[str, Any]], signed: Signature) -> None:
        super().restore(before, signed)
        cls.refresh(cls.clients_of(before))

    @classmethod
    def remove(cls, ids: Sequence[int], signed: Signature) -> None:
        clients = cls.clients_of(ids)
        super().remove(ids, signed)
        cls.refresh(clients)

    @classmethod
    def clients_of(cls, ids: Iterable[int]) -> set[int]:
        return set(cls.model.objects.filter(pk__in=ids).values_list("client", flat=True))

    @classmethod
    def refresh(cls, clients: Iterable[int]) -> None:
        """Bring up to date what these clients (by key) keep of the things that changed."""


class Owners:
    """The clients that the rows of a chunk name. `key` says by what; without it, any key will do, or a name."""

    def __init__(self, records: Sequence[Record], key: str = "") -> None:
        self._key = key
        told = [texts_of(record) for record in records]
        texts = {text for row in told for text in row.values()}
        self._found: dict[tuple[str, str], list[Client]] = defaultdict(list)
        numbers = {parse_reference(text) for text in texts} - {None}
        self._keep("reference", Client.objects.filter(number__in=numbers))
        emails = [text.lower() for text in texts if "@" in text]
        self._keep("email", Client.objects.with_emails(emails))
        self._keep_others(emails)
        self._keep("siret", Client.objects.filter(siret__in=filter(None, map(_siret, texts))))
        named = Client.objects.exclude(external_reference="").filter(external_reference__in=texts)
        self._keep("external_reference", named)
        self._follow_merges(numbers, {*emails, *texts})
        unknown = [row for row in told if not any(self._by_key(*said) for said in row.items())]
        self._namesakes = Namesakes(() if key else {row[name] for row in unknown if (name := _name_in(row))})

    def _keep(self, key: str, clients: Iterable[Client]) -> None:
        for client in clients:
            value = client.reference if key == "reference" else getattr(client, key)
            self._found[key, str(value).lower()].append(client)

    def _keep_others(self, emails: Collection[str]) -> None:
        """Clients that have these e-mails beside their main one, where nobody has them as the main one."""
        for contact in OtherContact.objects.filter(key__in=emails).select_related("client"):
            if ("email", contact.key) not in self._found:
                self._found["email", contact.key].append(contact.client)

    def _follow_merges(self, numbers: Collection[int | None], keys: Collection[str]) -> None:
        merged = FormerReference.objects.filter(pk__in=numbers).select_related("client")
        for former in merged:
            self._found["reference", CLIENT.show(former.pk).lower()].append(former.client)
        for key in FormerKey.objects.filter(value__in=keys).select_related("client"):
            if not self._found.get((key.kind, key.value.lower())):
                self._found[key.kind, key.value.lower()].append(key.client)

    def of(self, record: Record) -> Client | None:
        """The client that a row names. A row that names none, or several, is refused."""
        texts = texts_of(record)
        if not texts:
            record.refuse("client", _("Indiquez le client : référence, e-mail, SIRET, référence externe ou nom."))
            return None
        found: dict[str, Client] = {}
        for name, text in texts.items():
            clients = self._by_key(name, text)
            if len(clients) > 1:
                record.refuse(name, _("Plusieurs clients ont ce SIRET : indiquez la référence (CLT-…)."))
                return None
            if clients:
                found[name] = clients[0]
        return self._agreed(record, found) if found else self._named(record, texts)

    def _by_key(self, field: str, text: str) -> Sequence[Client]:
        """The clients with this text as a key, what its field says first: one, but for a shared SIRET."""
        keys = (self._key,) if self._key else (*filter(None, (OF_FIELDS.get(field),)), *KEYS)
        written = ((key, _written(key, text)) for key in keys)
        return next((clients for mark in written if (clients := self._found.get(mark))), ())

    @staticmethod
    def _agreed(record: Record, found: Mapping[str, Client]) -> Client | None:
        (first, client), *others = found.items()
        for name, other in others:
            if other.pk != client.pk:
                message = _("C’est %(other)s, mais « %(text)s » est %(client)s : lequel est-ce ?")
                record.refuse(name, message % {"other": other, "client": client, "text": record.typed[first].strip()})
                return None
        return client

    def _named(self, record: Record, texts: Mapping[str, str]) -> Client | None:
        """The only client of a row’s name, where no key that the row gives is another one."""
        name = "" if self._key else _name_in(texts)
        clients = self._namesakes.of(texts[name]) if name else ()
        field = name if clients else next(iter(texts))
        if not clients:
            record.refuse(field, _("Aucun client ne répond à cette référence, cet e-mail, ce SIRET ou ce nom."))
        elif len(clients) > 1:
            message = _("Plusieurs clients s’appellent ainsi : %(clients)s. Indiquez la référence.")
            record.refuse(field, message % {"clients": _told(clients)})
        elif wrong := _contradicted(clients[0], {key: text for key, text in texts.items() if key != name}):
            message = _("Inconnu ici, et le seul client de ce nom, %(client)s, a autre chose : indiquez sa référence.")
            record.refuse(wrong, message % {"client": f"{clients[0]} ({clients[0].reference})"})
        else:
            return clients[0]
        return None


def texts_of(record: Record) -> dict[str, str]:
    """What a row says of its client, field → text, the surest first."""
    return {name: text for name in FIELDS if (text := record.typed.get(name, "").strip())}


def _name_in(texts: Mapping[str, str]) -> str:
    """The field that holds the client’s name, where no key is found: `client` may be one, or an unknown key."""
    if NAME in texts:
        return NAME
    return CLIENT_FIELD if CLIENT_FIELD in texts and not _kind(CLIENT_FIELD, texts[CLIENT_FIELD]) else ""


def _kind(field: str, text: str) -> str:
    """Which key a text is, by its field or its look; empty for one that may be a name."""
    if "@" in text:
        return "email"
    if parse_reference(text) is not None:
        return "reference"
    return "siret" if _siret(text) else OF_FIELDS.get(field, "")


def _contradicted(client: Client, keys: Mapping[str, str]) -> str:
    for field, text in keys.items():
        kind = _kind(field, text) or "external_reference"
        if kind == "reference" or getattr(client, kind):
            return field
    return ""


def _told(clients: Sequence[Client]) -> str:
    told = [f"{client} ({', '.join(filter(None, (client.reference, client.city)))})" for client in clients[:TOLD]]
    return ", ".join([*told, *("…" for _more in clients[TOLD:])])


def _written(key: str, text: str) -> str:
    if key == "reference":
        number = parse_reference(text)
        return f"clt-{number:03d}" if number is not None else ""
    return _siret(text) if key == "siret" else text.lower()


def _siret(text: str) -> str:
    digits = text.replace(" ", "").replace("\xa0", "")
    return digits if digits.isascii() and digits.isdigit() and len(digits) == SIRET_LENGTH else ""
