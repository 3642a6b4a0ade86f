"""Clients in from a file: how a row is read, which client it already is, how it is written (product.md §4)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from clients import services
from clients.entry import read_entry
from clients.headings import FIELDS, KINDS
from clients.matching import Known, identity
from clients.models import Client
from clients.picker import find_client
from fixaloop.imports.records import Action, Record
from fixaloop.imports.runner import Importer, Options
from fixaloop.models import ImportBatch
from fixaloop.numbering import allot
from fixaloop.text import normalise


class ClientImporter(Importer):
    """Clients, created or brought up to date."""

    kind = "client"
    fields = FIELDS
    keys = ("reference", "email", "siret", "external_reference")
    optional = frozenset(
        ("siret", "email", "phone", "street", "street_extra", "postal_code", "city", "country", "language")
    ) | {"description", "external_reference", "company"}

    def __init__(self, options: Options) -> None:
        super().__init__(options)
        self.seen: dict[tuple[str, ...], int] = {}
        self.companies: dict[str, Client | str] = {}

    def read(self, record: Record) -> None:
        """Fill the record's values; blank cells are left out, so that they never erase."""
        typed = {name: text for name, text in record.typed.items() if text.strip()}
        kind = self._kind(record, typed)
        entry = read_entry({**typed, "kind": kind} if kind else typed)
        record.values = {name: value for name, value in entry.values.items() if value}
        if "country" not in typed:
            del record.values["country"]
        if kind:
            record.values["kind"] = kind
        for name, errors in entry.errors.items():
            for error in errors:
                record.refuse(name, " ".join(error.messages))
        comment = entry.comments.get("phone")
        for name, notes in entry.notes.items():
            for note in notes if name != "phone" or not comment else ():
                record.note(name, note)
        if comment:
            record.values["phone_comment"] = comment
            record.note("phone", _("« %(text)s » est gardé dans la description") % {"text": comment})
        self._language(record, typed)

    @staticmethod
    def _kind(record: Record, typed: dict[str, str]) -> str:
        """The kind said, else told by what is filled: a company name makes a company."""
        if said := typed.get("kind"):
            if kind := KINDS.get(normalise(said)):
                return kind
            record.refuse("kind", _("« %(text)s » : écrivez Particulier ou Entreprise.") % {"text": said})
        if "reference" in typed and not any(name in typed for name in ("first_name", "last_name", "company_name")):
            return ""
        return "company" if typed.get("company_name") else "individual"

    @staticmethod
    def _language(record: Record, typed: dict[str, str]) -> None:
        said = normalise(typed.get("language", ""))
        if not said:
            return
        names = {normalise(str(label)): code for code, label in Client.Language.choices}
        code = said if said in Client.Language.values else names.get(said)
        if code:
            record.values["language"] = code
        else:
            known = ", ".join(str(label) for label in Client.Language.labels)
            record.refuse("language", _("Langue inconnue. Langues possibles : %(known)s.") % {"known": known})

    def settle(self, records: Sequence[Record]) -> None:
        """Find each row's client, and refuse what would make two clients of one or one of two."""
        known = Known(records)
        for record in records:
            self._link_company(record)
            client = self._match(record, known)
            self._settle_one(record, client, known)

    def _match(self, record: Record, known: Known) -> Client | None:
        if "reference" in record.typed and record.typed["reference"].strip():
            client = known.by_reference(record.typed["reference"])
            if client is None:
                message = _("Aucun client n’a cette référence : videz la cellule pour créer un client.")
                record.refuse("reference", message)
            return client
        if self.options.key:
            return known.by_key(self.options.key, record)
        return known.by_any(record)

    def _settle_one(self, record: Record, client: Client | None, known: Known) -> None:
        self._refuse_taken(record, client, known)
        self._refuse_repeated(record, client)
        self.forgive(record)
        if record.errors:
            return
        if client is None:
            if self.options.mode == "update":
                record.refuse("", _("Aucun client existant ne correspond à cette ligne."))
            self._describe(record, "")
            return
        if self.options.mode == "create":
            record.refuse("", _("Ce client existe déjà : %(client)s.") % {"client": client})
            return
        self._describe(record, client.description)
        record.target = client.pk
        record.action = Action.UPDATE if changed_fields(client, record.values) else Action.UNCHANGED

    @staticmethod
    def _refuse_taken(record: Record, client: Client | None, known: Known) -> None:
        """An e-mail or an external reference belongs to one client."""
        for name, owner in (
            ("email", known.with_email(record.values.get("email", ""))),
            ("external_reference", known.with_external_reference(record.values.get("external_reference", ""))),
        ):
            if owner is not None and (client is None or owner.pk != client.pk):
                record.refuse(name, _("Déjà utilisé par %(client)s.") % {"client": owner})

    def _refuse_repeated(self, record: Record, client: Client | None) -> None:
        """The same value, or the same client, twice in one file."""
        unique = {name: record.values[name] for name in ("email", "external_reference") if record.values.get(name)}
        marks: list[tuple[str, tuple[str, ...]]] = [(name, (name, value.lower())) for name, value in unique.items()]
        if client is not None:
            marks.append(("reference", ("client", str(client.pk))))
        elif not unique:
            marks.append(("", ("identity", *identity(record.values))))
        for name, mark in marks:
            first = self.seen.setdefault(mark, record.number)
            if first != record.number:
                record.refuse(name, _("Déjà à la ligne %(row)d de ce fichier.") % {"row": first})

    def _link_company(self, record: Record) -> None:
        text = record.typed.get("company", "").strip()
        if not text:
            return
        if text not in self.companies:
            try:
                self.companies[text] = find_client(text, companies_only=True)
            except ValidationError as error:
                self.companies[text] = " ".join(error.messages)
        found = self.companies[text]
        if isinstance(found, Client):
            record.values["company_id"] = found.pk
        else:
            record.refuse("company", found)

    @staticmethod
    def _describe(record: Record, existing: str) -> None:
        """Put what stood beside the phone into the description, once."""
        comment = record.values.pop("phone_comment", "")
        description = record.values.get("description") or existing
        if comment and comment not in description:
            said = _("Téléphone : %(text)s") % {"text": comment}
            record.values["description"] = "\n".join(filter(None, (description, said)))

    def write(self, records: Sequence[Record], batch: ImportBatch, at: datetime) -> None:
        """Create and update in bulk; the batch signs their history."""
        creations = [record for record in records if record.action is Action.CREATE]
        numbers = allot(services.SERIES, len(creations)) if creations else range(0)
        fresh = [
            Client(number=number, created_at=at, updated_at=at, **record.values)
            for number, record in zip(numbers, creations, strict=True)
        ]
        services.create_clients(fresh, by=batch.by, reason=str(batch), at=at)
        changes = {record.target: record.values for record in records if record.action is Action.UPDATE}
        if changes:
            services.update_clients(changes, by=batch.by, reason=str(batch), at=at)


def changed_fields(client: Client, values: dict[str, Any]) -> list[str]:
    """The names of the fields a row would change on a client."""
    return [name for name, value in values.items() if getattr(client, name) != value]
