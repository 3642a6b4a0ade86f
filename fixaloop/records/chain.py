"""The chain of payments: each has a number and a hash over itself and the one before, whichever table it is in.

So nobody can change, remove or insert one behind the program without it being seen: `verify` names the first. What
`digest` is made of never changes: the hashes of all payments depend on it.
"""

import hashlib
import heapq
import json
import secrets
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from operator import attrgetter
from typing import Any

from django.apps import apps
from django.db import connection, transaction
from django.db.models import Max, Min, QuerySet
from django.utils.translation import gettext as _

from fixaloop.models import PaymentHead, PaymentWords
from fixaloop.records.payments import AbstractPayment

CHUNK = 2_000
# What stands for a note that was forgotten.
FORGOTTEN = "anonymisé"
# What a hash is over, besides the hash before, the number, the table with the row paid for, and the payment’s own key;
# the oldest ones do not hold that.
HASHED = ("kind", "amount", "method", "paid_on", "opposite_of_id", "by_id", "created_at", "words_digest")


@dataclass(frozen=True)
class Fault:
    """The first payment that is not as the program left it."""

    number: int
    what: str


def payment_models() -> list[type[AbstractPayment]]:
    return [model for model in apps.get_models() if issubclass(model, AbstractPayment)]


def digest(before: str, number: int, label: str, paid_for: int, values: Sequence[Any]) -> str:
    told = [before, number, label, paid_for, *map(_plain, values)]
    return hashlib.sha256(json.dumps(told).encode()).hexdigest()


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat(timespec="microseconds")
    if isinstance(value, Decimal):
        return f"{value:.2f}"
    return value if value is None or isinstance(value, int) else str(value)


def digest_words(salt: str, note: str, reference: str) -> str:
    return hashlib.sha256(json.dumps([salt, note, reference]).encode()).hexdigest()


@transaction.atomic
def append(payments: Sequence[Any]) -> None:
    """Number and keep new payments of one table: the last thing that a transaction does.

    Whoever holds the head waits for nobody else, so waiting for it never becomes a deadlock: what the foreign keys of
    PostgreSQL would wait for at the end of the transaction is waited for before.
    """
    _keep_words(payments)
    if connection.vendor == "postgresql":
        connection.check_constraints()
    head = PaymentHead.objects.select_for_update().get()
    for payment, key in zip(payments, _next_keys(type(payments[0]), len(payments)), strict=True):
        head.number += 1
        payment.pk = key
        values = [getattr(payment, name) for name in (*HASHED, "pk")]
        paid_for = getattr(payment, f"{payment.paid_for}_id")
        head.hash = digest(head.hash, head.number, payment._meta.label_lower, paid_for, values)
        payment.number, payment.hash = head.number, head.hash
    type(payments[0])._base_manager.bulk_create(payments, batch_size=CHUNK)
    head.save(force_update=True)


def _next_keys(model: type[AbstractPayment], count: int) -> list[int]:
    """The keys of payments to come; the caller holds the head, so that nobody else gives any in this table."""
    if connection.vendor != "postgresql":
        last = model._base_manager.aggregate(last=Max("pk"))["last"] or 0
        return [*range(last + 1, last + count + 1)]
    with connection.cursor() as cursor:
        query = "SELECT nextval(pg_get_serial_sequence(%s, 'id')) FROM generate_series(1, %s)"
        cursor.execute(query, [model._meta.db_table, count])
        return [key for (key,) in cursor.fetchall()]


def _keep_words(payments: Sequence[Any]) -> None:
    told = [payment for payment in payments if payment.words and str(payment.words)]
    for payment in payments:
        payment.words_digest = ""
    for payment in told:
        words = payment.words
        words.salt = secrets.token_hex(16)
        payment.words_digest = digest_words(words.salt, words.note, words.reference)
    PaymentWords.objects.bulk_create([payment.words for payment in told], batch_size=CHUNK)
    for payment in payments:
        # Takes over the key that the words now have.
        payment.words = payment.words if payment.words_digest else None


@dataclass(frozen=True)
class Row:
    """A payment as the database has it."""

    number: int
    label: str
    paid_for: int
    hash: str
    values: Sequence[Any]
    key: int
    words: Sequence[str | None]

    def follows(self, before: str, number: int) -> bool:
        """Whether its hash is that of this number, after the payment with that hash."""
        told = ([*self.values, self.key], self.values)
        return any(digest(before, number, self.label, self.paid_for, values) == self.hash for values in told)


def verify() -> tuple[int, Fault | None]:
    """How many payments are as the program left them, and the first that is not."""
    head = PaymentHead.objects.first() or PaymentHead()
    number, before = 0, ""
    for row in heapq.merge(*(_rows(model, 1, head.number) for model in payment_models()), key=attrgetter("number")):
        if row.number != number + 1:
            return number, _missing(number + 1, before) if row.number > number else _changed(row.number)
        if not row.follows(before, row.number):
            return number, _moved(row.number, before) or _changed(row.number)
        if not _is_true(row.values[-1], row.words):
            return number, _changed(row.number)
        number, before = row.number, row.hash
    if number < head.number:
        return number, _missing(number + 1, before)
    if before != head.hash:
        return number, Fault(number, _("n’est pas le dernier que Fixaloop a enregistré"))
    return number, _beyond()


def _rows(model: type[AbstractPayment], first: int | None = None, last: int | None = None) -> Iterator[Row]:
    label, words = model._meta.label_lower, ("words__salt", "words__note", "words__reference")
    names = ("number", f"{model.paid_for}_id", "hash", "pk", *HASHED, *words)
    rows = model._base_manager.order_by("number")
    if first is not None:
        rows = rows.filter(number__gte=first, number__lte=last)
    for number, paid_for, kept, key, *rest in rows.values_list(*names).iterator(CHUNK):
        yield Row(number, label, paid_for, kept, rest[: len(HASHED)], key, rest[len(HASHED) :])


def _missing(number: int, before: str) -> Fault:
    return _moved(number, before) or Fault(number, _("a été supprimé"))


def _moved(number: int, before: str) -> Fault | None:
    """The payment of this number under another one, which all of them are searched for."""
    rows = (row for model in payment_models() for row in _rows(model))
    found = next((row for row in rows if row.number != number and row.follows(before, number)), None)
    return Fault(number, _("porte à présent le n° %(other)d") % {"other": found.number}) if found else None


def _is_true(words_digest: str, words: Sequence[str | None]) -> bool:
    salt, note, reference = words
    if salt:
        return digest_words(salt, note or "", reference or "") == words_digest
    return not reference and note in (None, "", FORGOTTEN) and (salt is None) == (not words_digest)


def _changed(number: int) -> Fault:
    tables = sum(model._base_manager.filter(number=number).exists() for model in payment_models())
    return Fault(number, _("a été modifié") if tables == 1 else _("est là deux fois : l’un des deux a été ajouté"))


def _beyond() -> Fault | None:
    """A payment that was added behind the program: after the last number it has given."""
    end = PaymentHead.objects.values("number")[:1]
    found = [
        model._base_manager.filter(number__gt=end).aggregate(first=Min("number"))["first"] for model in payment_models()
    ]
    numbers = [number for number in found if number]
    return Fault(min(numbers), _("a été ajouté")) if numbers else None


def forget_words(payments: QuerySet[Any]) -> None:
    """Forget what was typed about payments; where there was a note, a word says that it was forgotten."""
    words = PaymentWords.objects.filter(pk__in=payments.exclude(words=None).values("words"))
    words.exclude(note="").update(note=FORGOTTEN)
    words.update(reference="", salt="")
