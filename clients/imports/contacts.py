"""Rows of the contacts of one company: they are persons who belong to it, not companies of one name."""

from collections import defaultdict
from collections.abc import Sequence
from typing import Any

from django.utils.translation import gettext as _

from clients.imports.companies import PENDING
from clients.imports.matching import PERSON
from clients.models import Client
from clients.values.keys import name_key
from clients.values.names import same_name
from fixaloop.imports.columns import Columns
from fixaloop.imports.report import Record
from fixaloop.tables import Table, as_text

# Two companies of one name differ in one of these.
PLACE = ("siret", "postal_code")
ADDRESS = ("street", "street_extra", "postal_code", "city", "country")


class Contacts:
    """Finds the companies that several persons of a file name, and makes those that are not there yet."""

    def __init__(self) -> None:
        # By the hash of its name: whether a row of the file is the company’s own, and its persons.
        self._shared: frozenset[int] = frozenset()
        self._of_itself: frozenset[int] = frozenset()
        self._named: dict[str, list[Client]] = {}
        self._companies: dict[str, Record] = {}
        self._made: set[str] = set()

    def prepare(self, table: Table, columns: Columns) -> None:
        """Read the whole file for companies with several persons. Only hashes are kept."""
        at = {column.name: index for index, column in columns.read.items()}
        if not {"company_name", *PERSON} <= at.keys() or "kind" in at or "is_company" in at:
            return
        places = [at[name] for name in PLACE if name in at]
        persons: dict[int, int] = {}
        told: dict[tuple[int, int], int] = {}
        shared, apart, own = set(), set(), set()
        for _row, cells in table.rows:
            company = hash(name_key(as_text(cells[at["company_name"]])))
            person = name_key(" ".join(as_text(cells[at[name]]) for name in PERSON))
            if not person:
                own.add(company)
            elif persons.setdefault(company, hash(person)) != hash(person):
                shared.add(company)
            for index in places:
                place = "".join(as_text(cells[index]).split())
                if place and told.setdefault((company, index), hash(place)) != hash(place):
                    apart.add(company)
        self._shared, self._of_itself = frozenset(shared - apart), frozenset(own)

    def settle(self, records: Sequence[Record]) -> None:
        """Make persons of the rows of a chunk that are contacts of a company with several of them."""
        self._companies = {}
        candidates = [record for record in records if _may_be_contact(record)]
        names = {name_key(record.values["company_name"]) for record in candidates}
        self._named = defaultdict(list)
        for client in Client.objects.filter(name_key__in=names, kind=Client.Kind.COMPANY).order_by("pk"):
            self._named[client.name_key].append(client)
        for record in candidates:
            key = name_key(record.values["company_name"])
            companies = self._named.get(key, [])
            if hash(key) in self._shared and (not companies or _fits(record, companies)):
                self._attach(record, key)

    def attach(self, record: Record) -> bool:
        """Make a person of a row that names a company which is a client with another contact, or with none."""
        if not _may_be_contact(record):
            return False
        key = name_key(record.values["company_name"])
        companies = self._named.get(key, [])
        if not _fits(record, companies):
            return False
        person, contact = ({name: of[name] for name in PERSON} for of in (record.values, vars(companies[0])))
        if any(contact.values()) and same_name(person, contact):
            return False
        self._attach(record, key)
        return True

    def _attach(self, record: Record, key: str) -> None:
        values = record.values
        name = values.pop("company_name")
        siret = values.pop("siret", "")
        values |= {"kind": Client.Kind.INDIVIDUAL.value, "kind_guessed": True}
        companies = self._named.get(key, [])
        if len(companies) == 1:
            values["company_id"] = companies[0].pk
            record.note("company_name", _("Contact de %(client)s : y est rattaché.") % {"client": companies[0]})
            return
        values[PENDING] = (key, record.number)
        record.note("company_name", _("Contact de « %(name)s » : y est rattaché.") % {"name": name})
        if hash(key) not in self._of_itself and not companies:
            own = {name: values[name] for name in ADDRESS if name in values}
            found: dict[str, Any] = {"kind": Client.Kind.COMPANY.value, "company_name": name, "siret": siret, **own}
            self._companies.setdefault(key, Record(record.number, {}, values=found))

    def companies(self, records: Sequence[Record]) -> list[Record]:
        """The companies of the contacts among new rows that nothing has made yet."""
        wanted = {record.values[PENDING][0] for record in records if PENDING in record.values}
        fresh = {key: record for key, record in self._companies.items() if key in wanted and key not in self._made}
        self._made |= fresh.keys()
        for record in fresh.values():
            message = _("Entreprise « %(name)s » : créée pour ses contacts.")
            record.note("company_name", message % {"name": record.values["company_name"]})
        return list(fresh.values())


def _may_be_contact(record: Record) -> bool:
    values = record.values
    named = all(values.get(name) for name in (*PERSON, "company_name"))
    return bool(named and values.get("kind") == Client.Kind.COMPANY and values.get("kind_guessed"))


def _fits(record: Record, companies: Sequence[Client]) -> bool:
    if len(companies) != 1:
        return False
    pairs = ((record.values.get(name), getattr(companies[0], name)) for name in PLACE)
    return all(said == stored or not said or not stored for said, stored in pairs)
