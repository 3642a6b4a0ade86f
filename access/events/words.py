"""Events put into words, in the language of whoever reads them.

An event keeps a code (`said`), its values (`inputs`) and what a person typed about it (`text`). Each app declares the
words of its codes in its module `event_words`, as `WORDS`, and as `KINDS` the rights without which a kind stays unseen.
Events from before there were codes have their text only.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import cache
from typing import TYPE_CHECKING, Any

from django.db.models import Q
from django.utils.formats import date_format
from django.utils.translation import gettext_lazy

from fixaloop.discovery import modules
from fixaloop.speed.texts import gettext as _
from fixaloop.words.money import euros

if TYPE_CHECKING:
    from access.models import Event

Values = Mapping[str, Any]
UNKNOWN = "…"
SEE_MONEY = "access.view_payment"
# Payments and amounts of stays from before there were codes.
OLD_MONEY = Q(said="") & (Q(kind="payment") | Q(kind="note", entry__isnull=False))


@dataclass(frozen=True)
class Thing:
    """What an event is about, where it has no column for it."""

    label: str
    url: str


@dataclass(frozen=True)
class Wording:
    """How the events of one code are said, who may see them, and which of their values outlive the client.

    `say` gets the values and `at`, when it happened; it says what it can without those that were forgotten.
    """

    say: Callable[[Values], str]
    # Without all of these rights, the event is not there.
    needs: tuple[str, ...] = ()
    # The values that stay when the client is forgotten: they tell of nobody.
    keeps: tuple[str, ...] = ()
    about: Callable[[Values], Thing] | None = None


class _Told(dict[str, str]):
    def __missing__(self, name: str) -> str:
        return UNKNOWN


def filled(text: Any, **readers: Callable[[Any], str]) -> Callable[[Values], str]:
    """Words with their values in place; `readers` say those that are not plain text."""

    def say(values: Values) -> str:
        told = {name: readers.get(name, str)(value) for name, value in values.items()}
        return str(text) % _Told(told)

    return say


# Readers for `filled`.


def said_label(choices: Any) -> Callable[[Any], str]:
    return lambda value: str(choices(value).label).lower()


def said_amount(value: str) -> str:
    return euros(Decimal(value))


def said_day(value: str) -> str:
    return date_format(date.fromisoformat(value), "SHORT_DATE_FORMAT")


# What is said of payments, for jobs and for stays.
PAID, REFUNDED = gettext_lazy("%(amount)s reçus (%(method)s)"), gettext_lazy("%(amount)s rendus (%(method)s)")
REJECTED = gettext_lazy("Paiement rejeté : %(amount)s (%(method)s)")
CORRECTED = gettext_lazy("Saisie annulée : %(amount)s (%(method)s)")


@cache
def wordings() -> dict[str, Wording]:
    return {code: wording for module in modules("event_words").values() for code, wording in module.WORDS.items()}


def words_of(event: Event) -> str:
    """What an event says, then what was typed about it; empty for a passage without words."""
    wording = wordings().get(event.said)
    said = wording.say({**event.inputs, "at": event.at}) if wording else ""
    if said and event.text:
        return _("%(said)s : %(reason)s") % {"said": said, "reason": event.text}
    return said or event.text


def thing_of(event: Event) -> Thing | None:
    wording = wordings().get(event.said)
    return wording.about(event.inputs) if wording and wording.about else None


def needs_of(event: Event) -> tuple[str, ...]:
    """The rights that it takes to see this event, besides that to see events."""
    wording = wordings().get(event.said)
    if wording:
        return wording.needs
    about_money = event.kind == "payment" or (event.kind == "note" and event.entry_id)
    return (SEE_MONEY,) if about_money else ()


def hidden_from(user: Any) -> Q:
    """The condition of the events about what a person may not see."""
    seen = {needs: user.has_perms(needs) for needs in {wording.needs for wording in wordings().values()}}
    codes = [code for code, wording in wordings().items() if not seen[wording.needs]]
    hidden = Q(said__in=codes)
    return hidden if user.has_perm(SEE_MONEY) else hidden | OLD_MONEY


def unseen_kinds(user: Any) -> set[str]:
    """The kinds of events hidden from a person altogether."""
    needs = {kind: right for module in modules("event_words").values() for kind, right in module.KINDS.items()}
    return {kind for kind, right in needs.items() if not user.has_perm(right)}


def kept_values(said: str, inputs: Values) -> dict[str, Any]:
    wording = wordings().get(said)
    keeps: Iterable[str] = wording.keeps if wording else ()
    return {name: inputs[name] for name in keeps if name in inputs}
