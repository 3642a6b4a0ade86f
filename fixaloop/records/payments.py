"""Money received and given back: the payment, and the sum that the row paid for keeps of it."""

from datetime import datetime
from decimal import Decimal
from typing import Any, ClassVar

from django.conf import settings
from django.contrib.auth.models import AbstractBaseUser
from django.db import models
from django.db.models import DecimalField, F, OuterRef, Subquery, Sum, Value
from django.db.models.expressions import Combinable
from django.db.models.functions import Coalesce, Round
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

ZERO = Decimal(0)
EUROS: DecimalField[Any, Any] = DecimalField(max_digits=12, decimal_places=2)


class AbstractPayment(models.Model):
    """A payment or a refund for a row of another table, which has `payments`, `paid_amount` and `balance`.

    However a table stores a refund, its `signed_amount` is negative.
    """

    class Method(models.TextChoices):
        CASH = "cash", _("Espèces")
        CARD = "card", _("Carte bancaire")
        CHEQUE = "cheque", _("Chèque")
        TRANSFER = "transfer", _("Virement")
        OTHER = "other", _("Autre")

    # The foreign key to the row paid for, and the signed amount in queries.
    paid_for: ClassVar[str]
    signed: ClassVar[Combinable] = F("amount")
    amount: Any

    method = models.CharField(_("moyen"), max_length=10, choices=Method)
    paid_on = models.DateField(_("payé le"))
    note = models.CharField(_("note"), max_length=200, blank=True)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.SET_NULL,
        related_name="+",
        verbose_name=_("saisi par"),
        null=True,
        editable=False,
    )
    created_at = models.DateTimeField(_("saisi le"), default=timezone.now, editable=False)

    # Read by the library when it writes the history.
    _history_user: Any

    class Meta:
        abstract = True
        ordering = ("paid_on", "pk")

    @property
    def signed_amount(self) -> Decimal:
        amount: Decimal = self.amount
        return amount

    @property
    def is_refund(self) -> bool:
        return self.signed_amount < 0


def keep_payment(payment: AbstractPayment, row: Any, *, by: AbstractBaseUser | None, at: datetime) -> None:
    """Save a new payment and count it in its row, which the caller has locked and checked, and saves afterwards."""
    setattr(payment, payment.paid_for, row)
    payment.by, payment.created_at = by, at  # type: ignore[assignment]
    payment._history_user = by
    payment.save(force_insert=True)
    count_payments(row)


def delete_payment(payment: AbstractPayment, row: Any, *, by: AbstractBaseUser | None) -> None:
    """Delete a payment and count it no more in its row, which the caller has locked and checked, and saves."""
    payment._history_user = by
    payment.delete()
    count_payments(row)


def count_payments(row: Any) -> None:
    row.paid_amount = sum((payment.signed_amount for payment in row.payments.all()), ZERO)


def contradicted(payments: type[AbstractPayment], due: Combinable) -> models.QuerySet[Any]:
    """Rows whose `paid_amount` is not the sum of their payments, or whose `balance` is not what is left of `due`."""
    model: Any = payments._meta.get_field(payments.paid_for).related_model
    payments_of_row = payments._default_manager.filter(**{payments.paid_for: OuterRef("pk")}).order_by()
    total = payments_of_row.values(payments.paid_for).annotate(total=Sum(payments.signed)).values("total")
    paid = Round(Coalesce(Subquery(total), Value(ZERO), output_field=EUROS), 2)
    left = Round(due - F("paid_amount"), 2, output_field=EUROS)
    rows: models.QuerySet[Any] = model.objects.alias(paid=paid, left=left)
    return rows.exclude(paid_amount=F("paid"), balance=F("left"))
