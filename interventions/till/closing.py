"""Closing a day: what was recorded by each method, what was counted, and why they differ."""

from collections.abc import Iterator, Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.contrib.auth.models import AbstractBaseUser
from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import QuerySet, Sum
from django.utils import timezone
from django.utils.translation import gettext as _

from fixaloop.models import PaymentHead
from fixaloop.records.payments import ZERO, day_error
from fixaloop.records.refusal import Refused, Stale
from interventions.till.models import Closing, ClosingLine, LedgerPayment, Method


def recorded(day: date) -> dict[str, Decimal]:
    sums = LedgerPayment.objects.filter(paid_on=day).order_by().values_list("method").annotate(total=Sum("amount"))
    found = dict(sums)
    # SQLite adds up floats.
    return {method: round(found.get(method, ZERO), 2) for method in Method.values}


def typed_later(closing: Closing) -> QuerySet[LedgerPayment]:
    return LedgerPayment.objects.filter(paid_on=closing.day, pk__gt=closing.last_number).order_by("pk")


@transaction.atomic
def close_day(
    day: date,
    counted: Mapping[str, Decimal],
    reasons: Mapping[str, str],
    *,
    seen: Mapping[str, Decimal],
    by: AbstractBaseUser | None,
    at: datetime | None = None,
) -> Closing:
    """Keep what was counted on a day. `seen` is what the page showed as recorded.

    Raises `Stale` if a payment was recorded since, `Refused` if the day is closed or still to come, ValidationError
    naming `reason_…` for a difference without its reason.
    """
    at = at or timezone.now()
    if error := day_error(day, at):
        raise Refused([error])
    # Nobody adds a payment or closes a day meanwhile.
    head = PaymentHead.objects.select_for_update().get()
    if Closing.objects.filter(day=day).exists():
        raise Refused([_("Le %(day)s est déjà clôturé.") % {"day": f"{day:%d/%m/%Y}"}])
    found = recorded(day)
    if found != seen:
        raise Stale
    lines = list(_lines(found, counted, reasons))
    if missing := [line.method for line in lines if line.difference and not line.reason]:
        raise ValidationError({f"reason_{method}": [_("Dites pourquoi il y a un écart.")] for method in missing})
    closing = Closing.objects.create(day=day, last_number=head.number, by=by, at=at)  # type: ignore[misc]
    for line in lines:
        line.closing = closing
    ClosingLine.objects.bulk_create(lines)
    return closing


def _lines(
    found: Mapping[str, Decimal], counted: Mapping[str, Decimal], reasons: Mapping[str, str]
) -> Iterator[ClosingLine]:
    for method, amount in found.items():
        line: Any = ClosingLine(method=method, recorded=amount, counted=counted[method])
        line.reason = reasons[method] if line.difference else ""
        yield line
