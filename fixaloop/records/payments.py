"""Money received and given back: the payment, its opposite, and the sum that the row paid for keeps of it."""

from collections.abc import Callable
from datetime import date, datetime
from decimal import Decimal
from typing import Any, ClassVar

from django.conf import settings
from django.contrib.auth.models import AbstractBaseUser
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import DecimalField, F, OuterRef, Q, Subquery, Sum, Value
from django.db.models.expressions import Combinable
from django.db.models.functions import Coalesce, Round
from django.utils import timezone
from django.utils.translation import gettext, gettext_lazy as _

from fixaloop.models import PaymentWords
from fixaloop.records.refusal import Refused

ZERO = Decimal(0)
EUROS: DecimalField[Any, Any] = DecimalField(max_digits=12, decimal_places=2)
OLDEST = date(2000, 1, 1)
LONGEST_NOTE = 200


class AbstractPayment(models.Model):
    """Money received for a row of another table, which has `payments`, `paid_amount` and `balance`; or given back.

    Never changed and never deleted: an opposite payment answers a mistake or a rejected cheque. `records.chain` adds
    them, and the database refuses everything else.
    """

    class Method(models.TextChoices):
        CASH = "cash", _("Espèces")
        CARD = "card", _("Carte bancaire")
        CHEQUE = "cheque", _("Chèque")
        TRANSFER = "transfer", _("Virement")
        OTHER = "other", _("Autre")

    class Kind(models.TextChoices):
        PAYMENT = "payment", _("Paiement")
        DEPOSIT = "deposit", _("Acompte")
        PARTIAL = "partial", _("Paiement partiel")
        BALANCE = "balance", _("Solde")
        REFUND = "refund", _("Remboursement")
        CORRECTION = "correction", _("Annulation d’une saisie")
        REJECTION = "rejection", _("Rejet")

    # The foreign key to the row paid for.
    paid_for: ClassVar[str]

    number = models.PositiveBigIntegerField(_("numéro"), unique=True, editable=False)
    hash = models.CharField(_("empreinte"), max_length=64, editable=False)
    kind = models.CharField(_("nature"), max_length=10, choices=Kind)
    # Negative for money given back or never received.
    amount = models.DecimalField(_("montant"), max_digits=10, decimal_places=2)
    method = models.CharField(_("moyen"), max_length=10, choices=Method)
    paid_on = models.DateField(_("payé le"))
    opposite_of = models.OneToOneField(
        "self",
        models.PROTECT,
        related_name="opposite",
        verbose_name=_("opposé de"),
        null=True,
        blank=True,
        editable=False,
    )
    words = models.OneToOneField(PaymentWords, models.PROTECT, related_name="+", null=True, editable=False)
    words_digest = models.CharField(max_length=64, blank=True, editable=False)
    # A colleague who leaves is deactivated, not deleted.
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        related_name="+",
        verbose_name=_("saisi par"),
        null=True,
        editable=False,
        db_index=False,
    )
    created_at = models.DateTimeField(_("saisi le"), default=timezone.now, editable=False)

    class Meta:
        abstract = True
        ordering = ("number",)
        default_permissions = ("add", "view")
        indexes = (
            models.Index(fields=("paid_on", "number"), name="%(class)s_by_day"),
            models.Index(fields=("by", "number"), name="%(class)s_by_author"),
        )
        constraints = (
            models.CheckConstraint(
                condition=Q(kind__in=("payment", "deposit", "partial", "balance"), amount__gt=0)
                | Q(kind="refund", amount__lt=0)
                | (Q(kind__in=("correction", "rejection")) & ~Q(amount=0)),
                name="%(class)s_sign",
                violation_error_message=_("Un paiement est supérieur à zéro, un remboursement inférieur."),
            ),
            models.CheckConstraint(
                condition=Q(kind__in=("correction", "rejection"), opposite_of__isnull=False, words__isnull=False)
                | (~Q(kind__in=("correction", "rejection")) & Q(opposite_of__isnull=True)),
                name="%(class)s_opposite",
            ),
        )

    @property
    def note(self) -> str:
        return self.words.note if self.words else ""

    @note.setter
    def note(self, text: str) -> None:
        self._tell("note", text)

    @property
    def reference(self) -> str:
        return self.words.reference if self.words else ""

    @reference.setter
    def reference(self, text: str) -> None:
        self._tell("reference", text)

    def _tell(self, name: str, text: str) -> None:
        self.words = self.words or PaymentWords()
        setattr(self.words, name, text)

    @property
    def is_refund(self) -> bool:
        return self.amount < 0

    @property
    def answer(self) -> dict[str, str] | None:
        opposite = getattr(self, "opposite", None)
        if opposite is None:
            return None
        rejected = opposite.kind == self.Kind.REJECTION
        said = gettext("n° %(number)d : %(reason)s") % {"number": opposite.number, "reason": opposite.note}
        return {"label": gettext("rejeté") if rejected else gettext("annulé"), "said": said}


SHOWN = ("by", "words", "opposite__words", "opposite_of")
OPPOSITES = (AbstractPayment.Kind.CORRECTION, AbstractPayment.Kind.REJECTION)


def sign(payment: AbstractPayment) -> None:
    """Make a refund negative, and a payment without a kind what its amount says."""
    kinds = AbstractPayment.Kind
    payment.kind = payment.kind or (kinds.REFUND if payment.amount < 0 else kinds.PAYMENT)
    if payment.kind == kinds.REFUND:
        payment.amount = -abs(payment.amount)


def shown(payments: models.QuerySet[Any], address: Callable[[Any], str] | None) -> list[Any]:
    """Payments as pages list them, with the `opposite_url` of each that has no opposite yet."""
    found = list(payments.select_related(*SHOWN))
    for payment in found:
        may_answer = address and not payment.opposite_of_id and payment.answer is None
        payment.opposite_url = address(payment) if address and may_answer else ""
    return found


def day_error(day: date, at: datetime) -> str:
    if day > timezone.localdate(at):
        return gettext("Ce jour est à venir : un paiement n’est pas daté du futur.")
    return gettext("Cette date est trop ancienne : vérifiez l’année.") if day < OLDEST else ""


def opposite_to(payment: Any, kind: str, *, reason: str, paid_on: date, at: datetime) -> Any:
    """The payment that answers one, not yet kept. The caller holds the lock of the row paid for.

    Raises `Refused` if it has an opposite or is one, ValidationError naming `kind`, `note` or `paid_on`.
    """
    if payment.opposite_of_id:
        raise Refused(
            [gettext("Le n° %(number)d répond déjà à un autre paiement : enregistrez-en un nouveau.") % _named(payment)]
        )
    if answer := type(payment)._base_manager.filter(opposite_of=payment).first():
        message = gettext("Le paiement n° %(number)d a déjà sa réponse, le n° %(answer)d.")
        raise Refused([message % (_named(payment) | {"answer": answer.number})])
    _check_opposite(payment, kind, reason, paid_on, at)
    return _opposite(payment, kind, reason, paid_on)


def corrections(payments: models.QuerySet[Any], *, reason: str, by: AbstractBaseUser | None, at: datetime) -> list[Any]:
    kind, day = AbstractPayment.Kind.CORRECTION, timezone.localdate(at)
    standing = payments.filter(opposite=None, opposite_of=None).order_by("number")
    found = [_opposite(payment, kind, reason[:LONGEST_NOTE], day) for payment in standing]
    for payment in found:
        payment.by, payment.created_at = by, at
    return found


def _opposite(payment: Any, kind: str, reason: str, paid_on: date) -> Any:
    fresh = type(payment)(kind=kind, amount=-payment.amount, method=payment.method, paid_on=paid_on, note=reason)
    fresh.opposite_of = payment
    setattr(fresh, f"{payment.paid_for}_id", getattr(payment, f"{payment.paid_for}_id"))
    return fresh


def _named(payment: AbstractPayment) -> dict[str, int]:
    return {"number": payment.number}


def _check_opposite(payment: AbstractPayment, kind: str, reason: str, paid_on: date, at: datetime) -> None:
    errors = {"paid_on": day_error(paid_on, at)}
    if paid_on < payment.paid_on:
        errors["paid_on"] = gettext("Ce jour est avant celui du paiement, le %(day)s.") % {
            "day": f"{payment.paid_on:%d/%m/%Y}"
        }
    if kind not in OPPOSITES:
        errors["kind"] = gettext("Choisissez « Annulation d’une saisie » ou « Rejet ».")
    elif kind == AbstractPayment.Kind.REJECTION and payment.method == AbstractPayment.Method.CASH:
        errors["kind"] = gettext("Des espèces ne sont pas rejetées : choisissez « Annulation d’une saisie ».")
    if not reason:
        errors["note"] = gettext("Dites pourquoi.")
    elif len(reason) > LONGEST_NOTE:
        errors["note"] = gettext("200 caractères au plus.")
    if found := {name: [error] for name, error in errors.items() if error}:
        raise ValidationError(found)


def check_balanced(opposite: AbstractPayment, row: Any) -> None:
    """Raise `Refused` if a correction takes back what was given back already; a rejection happens all the same."""
    if opposite.kind == AbstractPayment.Kind.CORRECTION and row.paid_amount + opposite.amount < 0:
        raise Refused([gettext("Un remboursement dépend de ce paiement : annulez-le d’abord.")])


def count_payments(row: Any) -> None:
    row.paid_amount = sum((payment.amount for payment in row.payments.all()), ZERO)


def contradicted(payments: type[AbstractPayment], due: Combinable) -> models.QuerySet[Any]:
    """Rows whose `paid_amount` is not the sum of their payments, or whose `balance` is not what is left of `due`."""
    model: Any = payments._meta.get_field(payments.paid_for).related_model
    payments_of_row = payments._default_manager.filter(**{payments.paid_for: OuterRef("pk")}).order_by()
    total = payments_of_row.values(payments.paid_for).annotate(total=Sum("amount")).values("total")
    paid = Round(Coalesce(Subquery(total), Value(ZERO), output_field=EUROS), 2)
    left = Round(due - F("paid_amount"), 2, output_field=EUROS)
    rows: models.QuerySet[Any] = model.objects.alias(paid=paid, left=left)
    return rows.exclude(paid_amount=F("paid"), balance=F("left"))
