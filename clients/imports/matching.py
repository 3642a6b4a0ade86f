"""The existing clients that the rows of a file are."""

from collections import defaultdict
from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any

from django.db import connection
from django.utils.translation import gettext as _

from clients.imports.other_programs import beside
from clients.models import Client, FormerKey, FormerReference, OtherContact
from clients.reference import CLIENT, parse_reference
from clients.values.keys import key_of, town_key
from clients.values.names import same_name
from fixaloop.imports.importer import REPEATED
from fixaloop.imports.report import Record
from fixaloop.words.text import normalise

PERSON = ("first_name", "last_name")
First = Callable[[Record, Any], int]


def identity(values: Mapping[str, Any]) -> tuple[str, ...]:
    return (
        key_of(values),
        values.get("siret", ""),
        values.get("postal_code", ""),
        town_key(values.get("city", "")),
        normalise(values.get("street", "")),
        values.get("phone", ""),
    )


class Known:
    """The existing clients that the rows of a chunk could be, loaded in a few queries."""

    def __init__(self, records: Sequence[Record], traced: Collection[int] = ()) -> None:
        def said(name: str) -> set[str]:
            return {_mark(name, record.values[name]) for record in records if record.values.get(name)}

        numbers = {parse_reference(record.typed.get("reference", "")) for record in records} - {None}
        self._former = dict(FormerReference.objects.filter(pk__in=numbers).values_list("pk", "client__number"))
        # A row with a SIRET is matched by it, never by its name and address.
        found = set(_alike({identity(record.values) for record in records if not record.values.get("siret")}))
        emails = said("email").union(*(_further_emails(record) for record in records))
        # Primary keys first, each query by its index: a client found by several keys is loaded once.
        for clients in (
            Client.objects.filter(number__in=numbers),
            Client.objects.with_emails(emails),
            Client.objects.filter(siret__in=said("siret")),
            Client.objects.exclude(external_reference="").filter(external_reference__in=said("external_reference")),
        ):
            found.update(clients.order_by().values_list("pk", flat=True))
        found.update(OtherContact.objects.filter(key__in=emails).values_list("client", flat=True))
        former = FormerKey.objects.filter(value__in=said("email") | said("external_reference"))
        self._merged = {(kind, value): client for kind, value, client in former.values_list("kind", "value", "client")}
        found.update(traced, self._merged.values())
        self._found: dict[tuple[str, Any], list[Client]] = defaultdict(list)
        for client in Client.objects.filter(pk__in=found).defer("search_text").order_by("pk"):
            for name in ("pk", "number", "email", "siret", "external_reference", "name_key"):
                self._found[name, _mark(name, getattr(client, name))].append(client)
            for line in client.other_emails:
                self._found["other", line.mark].append(client)

    def _all(self, name: str, value: Any) -> Sequence[Client]:
        return self._found.get((name, _mark(name, value)), ()) if value else ()

    def _one(self, name: str, value: Any) -> Client | None:
        return next(iter(self._all(name, value)), None)

    def by_reference(self, text: str) -> Client | None:
        return self._one("number", parse_reference(text))

    def merged_into(self, text: str) -> str:
        number = self._former.get(parse_reference(text) or 0)
        return CLIENT.show(number) if number else ""

    def by_key_of_merged(self, record: Record) -> Client | None:
        """The client that the one with the row’s external reference or e-mail was merged into."""
        for name in ("external_reference", "email"):
            value = record.values.get(name)
            if self._one(name, value):
                return None
            if value and (pk := self._merged.get((name, _mark(name, value)))):
                return self.by_pk(pk)
        return None

    def by_external_reference(self, record: Record) -> Client | None:
        return self._one("external_reference", record.values.get("external_reference"))

    def by_pk(self, pk: int) -> Client | None:
        return self._one("pk", pk)

    def refuse_taken(self, record: Record, client: Client | None) -> None:
        for name in ("email", "external_reference"):
            owner = self._one(name, record.values.get(name))
            if name in record.errors:
                continue
            if owner is not None and (client is None or owner.pk != client.pk):
                record.refuse(name, _("Déjà utilisé par %(client)s.") % {"client": owner})
        email = record.values.get("email")
        if "email" not in record.errors and (owner := self._other_owner(email, record, client)):
            record.refuse("email", _("Déjà utilisé par %(client)s.") % {"client": owner})

    def leave_to_others(self, record: Record, client: Client | None, first: First) -> None:
        """Refuse further e-mails of others in our own column; those of other programs go to the description."""
        whole = record.values.get("whole", {}).get("other_emails", ())
        for line in whole:
            if owner := self._owner(line.mark, record, client, first):
                record.refuse("other_emails", _("Déjà utilisé par %(client)s.") % {"client": owner})
        kept = []
        for line in record.values.pop("further", ()):
            if line.is_email and (owner := self._owner(line.mark, record, client, first)):
                beside(record, _("Autre e-mail : %(text)s") % {"text": line.value})
                message = _("%(email)s est à %(client)s : gardé dans la description.")
                record.note("email", message % {"email": line.value, "client": owner})
            else:
                kept.append(line)
        if kept:
            record.values["further"] = kept

    def _owner(self, email: str, record: Record, client: Client | None, first: First) -> str:
        main = self._one("email", email)
        if main and main != client and not _one_firm(main, record, client):
            return str(main)
        if other := self._other_owner(email, record, client):
            return str(other)
        row = first(record, ("contact", email))
        return "" if row == record.number else _("la ligne %(row)s") % {"row": row}

    def _other_owner(self, email: Any, record: Record, client: Client | None) -> Client | None:
        owner = self._one("other", email)
        return None if owner is None or owner == client or _one_firm(owner, record, client) else owner

    def by_key(self, key: str, record: Record) -> Client | None:
        """The client with the chosen key; among several with one SIRET, the one with the name of the row."""
        clients = self._all(key, record.values.get(key))
        return clients[0] if len(clients) == 1 else self._same_name(clients, record)

    def by_any(self, record: Record) -> Client | None:
        """The client of a row, by the surest key that it has; None for a new client."""
        values = record.values
        reference = values.get("external_reference", "")
        if client := self.by_external_reference(record):
            return client
        if not (client := self._of_email(record)):
            siret = values.get("siret")
            client = self._same_name(self._all("siret", siret), record) if siret else self._identical(record)
        # Two references in the former program were two clients there.
        apart = client and reference and client.external_reference not in ("", reference)
        return None if apart else client

    def _of_email(self, record: Record) -> Client | None:
        """The client with the e-mail of a row. Under the name of somebody else, the row is refused."""
        email = record.values.get("email")
        client = self._one("email", email) or self._same_name(self._all("other", email), record)
        if client is not None and not same_name(record.values, vars(client)):
            message = _(
                "Déjà l’adresse de %(client)s, d’un autre nom : retirez-la, ou mettez %(reference)s dans la colonne "
                "Identifiant si c’est le même client."
            )
            record.refuse("email", message % {"client": client, "reference": client.reference})
            return None
        return client

    @staticmethod
    def _same_name(clients: Sequence[Client], record: Record) -> Client | None:
        name = key_of(record.values)
        return next((client for client in clients if client.name_key == name), None)

    def _identical(self, record: Record) -> Client | None:
        wanted = identity(record.values)
        *_others, street, phone = wanted
        for client in self._found.get(("name_key", wanted[0]), ()):
            # Namesakes in one town with two e-mails are two people, unless they share a street or a phone.
            namesakes = record.values.get("email") and client.email and not (street or phone)
            if identity(vars(client)) == wanted and not namesakes and _may_have_contact(client, record.values):
                return client
        return None


def _may_have_contact(client: Client, values: Mapping[str, Any]) -> bool:
    said, stored = ({name: of.get(name) for name in PERSON} for of in (values, vars(client)))
    return not client.is_company or same_name(said, stored)


def _further_emails(record: Record) -> list[str]:
    values = record.values
    lines = (*values.get("further", ()), *values.get("whole", {}).get("other_emails", ()))
    return [line.mark for line in lines if line.is_email]


def _one_firm(owner: Client, record: Record, client: Client | None) -> bool:
    """Whether one of both is the company of the other: they may share the main e-mail of either."""
    company = record.values.get("company_id") or (client.company_id if client else None)
    return owner.pk == company or (client is not None and owner.company_id == client.pk)


def _mark(name: str, value: Any) -> Any:
    """A value as it is compared. References that differ in capitals are two, as for the constraint."""
    return value.lower() if name == "email" else value


def _alike(identities: Collection[tuple[str, ...]]) -> list[int]:
    """The clients that may have these identities, compared as a whole: thousands may share a name."""
    if not identities:
        return []
    marks = ", ".join(["(%s, %s, %s, %s)"] * len(identities))
    # CROSS JOIN and || make SQLite begin with the wanted names, and not with an index of a mostly empty column.
    query = (
        f"WITH wanted (name, code, town, phone) AS (VALUES {marks})"  # noqa: S608
        " SELECT client.id FROM wanted CROSS JOIN clients_client AS client"
        " WHERE client.name_key = wanted.name AND client.postal_code = wanted.code"
        " AND client.city_key || '' = wanted.town AND client.phone || '' = wanted.phone AND client.siret || '' = ''"
    )
    wanted = [(name, code, town, phone) for name, _siret, code, town, _street, phone in identities]
    with connection.cursor() as cursor:
        cursor.execute(query, [text for texts in wanted for text in texts])
        return [pk for (pk,) in cursor.fetchall()]


# Rows that stand twice in one file. `first` is `Importer.first`.


def refuse_repeated_values(record: Record, first: First) -> None:
    """Refuse the e-mail or external reference of an earlier row; with the same name, it is the whole row again."""
    name = key_of(record.values)
    for field in ("email", "external_reference"):
        value = record.values.get(field, "")
        if not value:
            continue
        mark = _mark(field, value)
        row, row_of_name = first(record, (field, mark)), first(record, (field, mark, name))
        if row == record.number:
            continue
        if row == row_of_name:
            record.quoted[""] = value
        record.refuse("" if row == row_of_name else field, REPEATED % {"row": row})


def refuse_repeated_client(record: Record, client: Client | None, first: First) -> None:
    """Refuse the client of an earlier row: the same one in the database, or of one name and SIRET, or address."""
    values = record.values
    own = any(values.get(field) for field in ("email", "external_reference"))
    marks: list[tuple[str, ...]] = [("client", str(client.pk))] if client is not None else []
    others = [("identity", *identity(values))]
    if values.get("siret"):
        others.append(("siret", values["siret"], key_of(values)))
    for mark in marks if own or client is not None else others:
        row = first(record, mark)
        if row != record.number:
            record.refuse("reference" if record.typed.get("reference") else "", REPEATED % {"row": row})
            return
    for mark in others:
        first(record, mark)
