"""How clients are found."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from django.db import models
from django.db.models import Max, Min, Q
from django.db.models.functions import Lower

from clients.values.keys import town_key

if TYPE_CHECKING:
    from clients.models.clients import Client

INCOMPLETE = Q(email="") | Q(phone="") | Q(kind="company", siret="")
# Columns of clients.values.quality.
ODD = Q(odd_name=True) | Q(odd_address=True) | Q(odd_town=True) | Q(odd_kind=True)


class ClientQuerySet(models.QuerySet["Client"]):
    def with_email(self, email: str) -> ClientQuerySet:
        """At most one client has it as its main e-mail, ignoring case."""
        return self.with_emails([email.lower()])

    def with_emails(self, emails: Iterable[str]) -> ClientQuerySet:
        # Blank ones are left out of the index.
        return self.alias(email_key=Lower("email")).filter(email_key__in=emails).exclude(email="")

    def of_company(self, company: Client) -> ClientQuerySet:
        return self.filter(Q(pk=company.pk) | Q(company=company.pk)).order_by()

    def in_town(self, town: str) -> ClientQuerySet:
        return self.filter(city_key=town_key(town)).order_by()

    def known_as(self, number: int) -> Client | None:
        # One after the other: a condition on either would read every client.
        for rows in (self.filter(number=number), self.filter(former_references=number)):
            for client in rows.order_by():
                return client
        return None

    def batches(self, size: int = 5_000) -> Iterator[ClientQuerySet]:
        """All these clients, some thousands at a time, so that nobody waits for a lock on the whole table."""
        ends = self.aggregate(first=Min("pk"), last=Max("pk"))
        for start in range(ends["first"] or 0, (ends["last"] or -1) + 1, size):
            yield self.filter(pk__gte=start, pk__lt=start + size)

    def odd(self, column: str = "") -> ClientQuerySet:
        return self.filter(Q(**{column: True}) if column else ODD, anonymized_at__isnull=True)

    def incomplete(self) -> ClientQuerySet:
        """Clients that lack a recommended value; anonymised ones are left out."""
        return self.filter(INCOMPLETE, anonymized_at__isnull=True)
