"""Counters of numbers, and what payments stand on."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class Counter(models.Model):
    """The last number of a series (`client`, `intervention`), locked while a new one is given.

    Also the value of a setting that stored columns depend on (`recent_days`).
    """

    name = models.CharField(_("série"), max_length=40, primary_key=True)
    value = models.PositiveBigIntegerField(_("dernier numéro"), default=0)

    class Meta:
        verbose_name = _("compteur")
        verbose_name_plural = _("compteurs")

    def __str__(self) -> str:
        return f"{self.name} : {self.value}"


class NumbersAside(models.Model):
    """Numbers of a series for an import under way, whose transaction locks the row; left over from one that failed."""

    series = models.ForeignKey(Counter, models.CASCADE, related_name="+")
    first = models.PositiveBigIntegerField()
    last = models.PositiveBigIntegerField()

    class Meta:
        verbose_name = _("numéros réservés")
        verbose_name_plural = _("numéros réservés")
        default_permissions = ()

    def __str__(self) -> str:
        return f"{self.series_id} : {self.first}–{self.last}"


class PaymentHead(models.Model):
    """The end of the chain of payments: the last number and the last hash, locked while a payment is added.

    It knows of the last payment even if somebody removes it from its table.
    """

    number = models.PositiveBigIntegerField(_("dernier numéro"), default=0)
    hash = models.CharField(_("empreinte"), max_length=64, blank=True)

    class Meta:
        verbose_name = _("fin de la chaîne des paiements")
        verbose_name_plural = _("fin de la chaîne des paiements")
        default_permissions = ()

    def __str__(self) -> str:
        return str(self.number)


class PaymentWords(models.Model):
    """What was typed about a payment, apart from it because words may tell of a person and then must be forgotten.

    The payment keeps a digest of them with the salt. Without the salt, the digest tells nothing more.
    """

    note = models.CharField(_("note"), max_length=200, blank=True)
    reference = models.CharField(_("référence"), max_length=60, blank=True)
    salt = models.CharField(max_length=32, blank=True)

    class Meta:
        verbose_name = _("texte d’un paiement")
        verbose_name_plural = _("textes des paiements")
        default_permissions = ()

    def __str__(self) -> str:
        return " · ".join(filter(None, (self.reference, self.note)))
