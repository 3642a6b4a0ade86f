"""What tells that the client of an old row was forgotten since: keyed digests, which tell nobody who it was."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from django.utils.crypto import salted_hmac

from clients.models import Client, ForgottenRow
from clients.services.due import YEAR
from fixaloop.installation.firm import rule
from fixaloop.words.text import normalise

SALT = "clients.forgotten"
TELLING = ("email", "external_reference")


def remember(client: Client, at: datetime) -> None:
    values = [vars(client), *({former.kind: former.value} for former in client.former_keys.all())]
    values += [{"email": contact.value} for contact in client.contacts.all() if contact.kind == contact.Kind.EMAIL]
    marks = {mark for known in values for mark in _marks(known)}
    marks |= {_digest("row", row) for row in client.imported_rows.values_list("row", flat=True)}
    rows = [ForgottenRow(mark=mark, at=at) for mark in marks]
    ForgottenRow.objects.bulk_create(rows, ignore_conflicts=True)


class Forgotten:
    """When the clients of some rows were forgotten. A row is its values and the digest that it is known again by."""

    def __init__(self, rows: Sequence[tuple[Mapping[str, Any], str]]) -> None:
        self._days: dict[str, datetime] = {}
        if rows and ForgottenRow.objects.exists():
            marks = {mark for values, row in rows for mark in self._of(values, row)}
            self._days = dict(ForgottenRow.objects.filter(mark__in=marks).values_list("mark", "at"))

    def on(self, values: Mapping[str, Any], row: str) -> datetime | None:
        found = (self._days[mark] for mark in self._of(values, row) if mark in self._days) if self._days else ()
        return max(found, default=None)

    @staticmethod
    def _of(values: Mapping[str, Any], row: str) -> Iterator[str]:
        yield from _marks(values)
        if row:
            yield _digest("row", row)


def forget_marks(at: datetime) -> int:
    """Delete those that no file should still bring along; return how many."""
    count, _by_model = ForgottenRow.objects.filter(at__lt=at - rule("CLIENT_RETENTION_YEARS") * YEAR).delete()
    return count


def _marks(values: Mapping[str, Any]) -> Collection[str]:
    return [_digest(name, normalise(str(values[name]))) for name in TELLING if values.get(name)]


def _digest(name: str, text: str) -> str:
    return salted_hmac(SALT, f"{name}\0{text}", algorithm="sha256").hexdigest()[:32]
