"""The existing clients that one typed or imported may be (docs/rules.md, Clients). Forms ask of one, files of many."""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Q, QuerySet, Window
from django.db.models.expressions import RawSQL
from django.db.models.functions import Lower, RowNumber, Substr
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from clients.models import Client, OtherContact
from clients.values.contacts import read_lines
from clients.values.keys import key_of

BLOCK, CONFIRM, WARN = LEVELS = ("block", "confirm", "warn")
_SAME_EMAIL, _SAME_PHONE = _("a déjà cette adresse e-mail"), _("a le même numéro de téléphone")
SHOWN = 3
SIREN = 9
Values = Mapping[str, Any]


@dataclass(frozen=True)
class Duplicate:
    """An existing client that looks like the one typed. `level` is BLOCK, CONFIRM or WARN."""

    level: str
    field: str
    message: str
    client: Client

    @property
    def url(self) -> str:
        return self.client.get_absolute_url()

    @property
    def reference(self) -> str:
        return self.client.reference

    @property
    def name(self) -> str:
        return self.client.name

    @property
    def sentence(self) -> SafeString:
        return format_html('<a href="{}">{} {}</a> {}.', self.url, self.reference, self.name, self.message)


@dataclass(frozen=True)
class Rule:
    """What makes two clients alike: the same `key`, which is empty where there is nothing to compare.

    `among` gives the clients with one of many keys, and `by` the columns that a key is made of. Clients that also share
    the column `unless` are another rule's.
    """

    level: str
    field: str
    message: Any
    key: Callable[[Values], Any]
    among: Callable[[Collection[Any]], QuerySet[Client]]
    by: tuple[Any, ...]
    unless: str = ""

    def is_like(self, client: Client, values: Values) -> bool:
        return not self.unless or getattr(client, self.unless) != values.get(self.unless)


def _named(values: Values) -> tuple[str, ...]:
    key, code = key_of(values), values.get("postal_code", "")
    return (key, code) if key and code else ()


def _of_companies(keys: Collection[str]) -> QuerySet[Client]:
    # Ranges of digits: a prefix is found by the index in one of the databases only.
    wanted = ", ".join(["(%s)"] * len(keys))
    same = (
        f"WITH wanted (siren) AS (VALUES {wanted}) SELECT client.id FROM wanted CROSS JOIN clients_client AS client"  # noqa: S608
        " WHERE client.siret >= wanted.siren || '00000' AND client.siret <= wanted.siren || '99999'"
    )
    return Client.objects.filter(pk__in=RawSQL(same, tuple(keys)))  # noqa: S611


# The most serious first.
RULES = (
    Rule(
        BLOCK,
        "email",
        _SAME_EMAIL,
        lambda values: values.get("email", "").lower(),
        Client.objects.with_emails,
        (Lower("email"),),
    ),
    Rule(
        BLOCK,
        "external_reference",
        _("a déjà cette référence externe"),
        lambda values: values.get("external_reference", ""),
        lambda keys: Client.objects.exclude(external_reference="").filter(external_reference__in=keys),
        ("external_reference",),
    ),
    Rule(
        CONFIRM,
        "siret",
        _("a déjà ce SIRET"),
        lambda values: values.get("siret", ""),
        lambda keys: Client.objects.filter(siret__in=keys),
        ("siret",),
    ),
    Rule(
        WARN,
        "siret",
        _("est un autre établissement de la même entreprise (même SIREN)"),
        lambda values: values.get("siret", "")[:SIREN],
        _of_companies,
        (Substr("siret", 1, SIREN),),
        unless="siret",
    ),
    Rule(
        WARN,
        "phone",
        _SAME_PHONE,
        lambda values: str(values.get("phone", "")),
        lambda keys: Client.objects.filter(phone__in=keys),
        ("phone",),
    ),
    Rule(
        WARN,
        "postal_code",
        _("porte le même nom au même code postal"),
        _named,
        lambda keys: Client.objects.filter(
            name_key__in={name for name, _code in keys}, postal_code__in={code for _name, code in keys}
        ),
        ("name_key", "postal_code"),
    ),
)
# Keys in one statement: each SIREN is a condition of its own, and SQLite takes less than a thousand.
MOST = 200


class Duplicates:
    """The existing clients like any of these, loaded in a few queries. Of many that share a key, the first ones."""

    def __init__(self, typed: Sequence[Values]) -> None:
        wanted = [{key for values in typed if (key := rule.key(values))} for rule in RULES]
        found = {pk for rule, keys in zip(RULES, wanted, strict=True) for pk in _first(rule, list(keys))}
        self._alike: dict[tuple[int, Any], list[Client]] = defaultdict(list)
        for client in Client.objects.filter(pk__in=found).defer("search_text", "description").order_by("pk"):
            for rank, rule in enumerate(RULES):
                if (key := rule.key(vars(client))) in wanted[rank]:
                    self._alike[rank, key].append(client)

    def of(self, values: Values, exclude: int | None = None) -> list[Duplicate]:
        """Those like these values, most serious first, each client once."""
        found: dict[int, Duplicate] = {}
        for rank, rule in enumerate(RULES):
            alike = self._alike.get((rank, rule.key(values)), ())
            others = [client for client in alike if client.pk != exclude and rule.is_like(client, values)]
            for client in others[:SHOWN]:
                found.setdefault(client.pk, Duplicate(rule.level, rule.field, str(rule.message), client))
        return list(found.values())


def _first(rule: Rule, keys: Sequence[Any]) -> list[int]:
    """The first clients of each key: thousands may share the phone of a switchboard."""
    rank = Window(RowNumber(), partition_by=rule.by, order_by="pk")
    found: list[int] = []
    for start in range(0, len(keys), MOST):
        ranked = rule.among(keys[start : start + MOST]).order_by().annotate(rank=rank)
        # One more than are shown: the client that is being changed may be among them.
        found += ranked.filter(rank__lte=SHOWN + 1).values_list("pk", flat=True)
    return found


def find_duplicates(values: Values, exclude: int | None = None, company: int | None = None) -> list[Duplicate]:
    """Existing clients like these values, most serious first, each client once. `company` is the employer’s key."""
    found = [*Duplicates([values]).of(values, exclude), *_reached_alike(values, exclude or 0, company or 0)]
    found.sort(key=lambda duplicate: LEVELS.index(duplicate.level))
    return list({duplicate.client.pk: duplicate for duplicate in reversed(found)}.values())[::-1]


def _reached_alike(values: Values, own: int, company: int) -> Iterator[Duplicate]:
    """Those that share a phone or an e-mail which one of both has beside the main one.

    A company and its members may share the main e-mail of either.
    """
    others = read_lines(str(values.get("other_contacts") or ""))
    emails, phones = ([line.mark for line in others if line.is_email is is_email] for is_email in (True, False))
    firm = Q(pk=company) | Q(company=own)
    for level, field, message, clients in (
        *_of_email("email", [str(values.get("email") or "")], firm),
        *_of_email("other_contacts", emails, firm),
        (WARN, "phone", _SAME_PHONE, _having(filter(None, [str(values.get("phone") or ""), *phones]))),
        (WARN, "other_contacts", _SAME_PHONE, Client.objects.filter(phone__in=phones)),
    ):
        for client in clients.exclude(pk=own).order_by("pk")[:SHOWN]:
            yield Duplicate(level, field, str(message), client)


def _of_email(field: str, emails: Collection[str], firm: Q) -> Iterator[tuple[str, str, Any, QuerySet[Client]]]:
    mains = Client.objects.with_emails(emails)
    shared, having = (mains, _having(emails)) if field == "other_contacts" else (_having(filter(None, emails)), None)
    yield BLOCK, field, _SAME_EMAIL, shared.exclude(firm)
    yield WARN, field, _SAME_EMAIL, shared.filter(firm)
    if having is not None:
        yield BLOCK, field, _SAME_EMAIL, having


def _having(values: Iterable[str]) -> QuerySet[Client]:
    return Client.objects.filter(pk__in=OtherContact.objects.owners(values))
