"""Money in files of the past: whether something was paid, how much of it, how and when."""

import re
from datetime import date
from decimal import Decimal
from itertools import islice
from typing import Any

from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext, gettext_lazy as _

from fixaloop.files.columns import FileColumn
from fixaloop.forms.parsing import parse_amount
from fixaloop.imports.cells import parse_date, spellings
from fixaloop.imports.columns import Columns
from fixaloop.imports.report import Record
from fixaloop.records.payments import AbstractPayment, day_error
from fixaloop.tables import Table, as_text
from fixaloop.words.money import euros
from fixaloop.words.text import normalise

_LOOKED_AT = 200
ZERO = Decimal(0)
PAID, PARTIAL, UNPAID, FREE = "paid", "partial", "unpaid", "free"
# What may be said of rows that do not tell whether they were paid.
UNSAID = {PAID: _("tout est payé"), "due": _("rien n’est payé : tout reste dû")}
SAID = {
    **dict.fromkeys(("paye", "payee", "payes", "payees", "regle", "reglee", "solde", "soldee", "acquitte"), PAID),
    **dict.fromkeys(
        ("acquittee", "encaisse", "encaissee", "paid", "settled", "oui", "o", "yes", "vrai", "true", "x"), PAID
    ),
    **dict.fromkeys(("partiel", "partielle", "partiellement", "payee en partie", "paye en partie", "partial"), PARTIAL),
    **dict.fromkeys(("partiellement paye", "partiellement payee", "partially paid", "acompte"), PARTIAL),
    **dict.fromkeys(
        ("impaye", "impayee", "impayes", "non paye", "non payee", "a payer", "du", "due", "unpaid"), UNPAID
    ),
    **dict.fromkeys(("non regle", "non reglee", "en attente", "non", "n", "no", "faux", "false"), UNPAID),
    **dict.fromkeys(("a regler", "a encaisser", "a facturer"), UNPAID),
    **dict.fromkeys(
        ("rien a payer", "nothing due", "gratuit", "gratuite", "offert", "offerte", "exonere", "exoneree", "free"), FREE
    ),
}
METHODS = spellings(AbstractPayment.Method.choices) | {
    **dict.fromkeys(("espece", "liquide", "especes"), "cash"),
    **dict.fromkeys(("cb", "carte", "carte bleue", "tpe", "credit card"), "card"),
    **dict.fromkeys(("cheques", "chq", "check"), "cheque"),
    **dict.fromkeys(("vir", "virt", "virements", "sepa", "bank transfer"), "transfer"),
}


# A figure alone may be a yes or a no.
_AMOUNT = re.compile(r"[+-]? ?\d[\d .,'’\u00a0\u202f]*[\d€]\s*(?:€|EUR(?:OS?)?)?|\d ?€", re.IGNORECASE)
# How people tell a payment in one cell; the day, then the method.
_PAID = re.compile(
    r"(pay[ée]e?|r[ée]gl[ée]e?|acquitt[ée]e?|encaiss[ée]e?|sold[ée]e?)(?: le ([\d/.\- ]*\d))?(?: (?:par|en) ([^\d]+))?",
    re.IGNORECASE,
)


def parse_said(text: str) -> str:
    """Read “Payé”, “Partiel”, “Impayé” as PAID, PARTIAL, UNPAID, and “Gratuit” as FREE."""
    if said := SAID.get(normalise(text)):
        return said
    raise ValidationError(gettext("Écrivez Payé, Partiel ou Impayé."), "said")


def parse_paid(text: str) -> Decimal | str | None:
    """The amount that was received, or the word that stands in its place."""
    return SAID.get(normalise(text)) or parse_amount(text)


def parse_method(text: str) -> str:
    if code := METHODS.get(normalise(text)):
        return code
    known = ", ".join(str(label) for label in AbstractPayment.Method.labels)
    raise ValidationError(
        gettext("Moyen de paiement inconnu. Moyens possibles : %(known)s.") % {"known": known}, "method"
    )


def parse_paid_on(text: str) -> date | None:
    moment = parse_date(text)
    day = timezone.localdate(moment) if moment else None
    if day and (error := day_error(day, timezone.now())):
        raise ValidationError(error)
    return day


STATUS = FileColumn(
    "Paiement",
    name="payment_status",
    width=16,
    seen_with="money",
    others=("Payment status", "Statut du paiement", "Statut de paiement", "État du paiement", "Règlement", "Réglé"),
    help=_("Payé, Partiel ou Impayé."),
    choices=lambda: [gettext("Payé"), gettext("Partiel"), gettext("Impayé")],
    read=parse_said,
    foreign=True,
)
METHOD = FileColumn(
    "Moyen de paiement",
    name="method",
    others=("Mode de paiement", "Moyen de règlement", "Mode de règlement", "Payment method"),
    help=_("Espèces, Carte bancaire, Chèque, Virement ou Autre. Vide : Autre."),
    read=parse_method,
    optional=True,
    exported=False,
)
PAID_ON = FileColumn(
    "Payé le",
    name="paid_on",
    others=("Date de paiement", "Date du paiement", "Réglé le", "Date de règlement", "Paid on", "Payment date"),
    help=_("31/12/2025. Vide : le jour de la sortie ou de la fin."),
    read=parse_paid_on,
    optional=True,
    exported=False,
)


def part_paid(record: Record) -> None:
    """Tell apart what a cell says at once: “Payé le 15/03/2025 par chèque”; an amount in the column of words."""
    typed = record.typed
    said = typed.get("payment_status", "").strip()
    if said and not typed.get("paid_amount", "").strip() and _AMOUNT.fullmatch(said):
        typed["paid_amount"], typed["payment_status"] = said, ""
        record.sources["paid_amount"] = "payment_status"
    for name in ("paid_amount", "payment_status"):
        if (found := _PAID.fullmatch(typed.get(name, "").strip())) and (found[2] or found[3]):
            record.quoted[name], typed[name] = typed[name], found[1]
            for part, text in (("paid_on", found[2]), ("method", found[3])):
                if text and not typed.get(part, "").strip():
                    typed[part], record.sources[part] = text, name


def counts_yes(table: Table, columns: Columns) -> bool:
    """Whether the first figures of what was paid are mostly 1, besides 0: databases write so for yes and no."""
    indexes = [index for index, column in columns.read.items() if column.name == "paid_amount"]
    texts = (as_text(cells[index]).strip() for index in indexes for _number, cells in table.rows)
    figures = list(islice((text for text in texts if text != "0" and any(map(str.isdigit, text))), _LOOKED_AT))
    return figures.count("1") * 2 >= len(figures)


def settle_paid(record: Record, due: Decimal | None, *, counts_yes: bool = False) -> None:
    """Make an amount received of what a row says about its payment. `due` is None where the row gives no amount.

    Where the column `counts_yes`, a 1 that may be all that is due or one euro of it is refused.
    """
    values = record.values
    _doubt_yes(record, due, counts_yes=counts_yes)
    said, paid = values.pop("payment_status", ""), values.get("paid_amount")
    if isinstance(paid, str):
        said, paid = paid, None
        del values["paid_amount"]
    if paid is not None:
        _doubt(record, said, paid, due or ZERO)
    elif said == PARTIAL:
        record.refuse("paid_amount", gettext("Payé en partie : indiquez le montant reçu."))
    elif said == PAID and due is not None:
        values["paid_amount"] = due
    elif said == FREE and due:
        message = gettext("Gratuit, mais le montant dû est %(due)s : corrigez l’un ou l’autre.")
        record.refuse(
            "payment_status" if "payment_status" in record.typed else "paid_amount", message % {"due": euros(due)}
        )
    elif said in (UNPAID, FREE):
        values["paid_amount"] = ZERO
    if said == PAID and paid is None and due is None:
        record.note(
            _said_in(record), gettext("Payé, mais la ligne ne dit pas combien : aucun paiement n’est enregistré.")
        )
    elif not values.get("paid_amount"):
        for name in told_payment(values):
            record.note(name, gettext("La ligne dit comment ou quand, et non ce qui a été reçu."))


def _doubt_yes(record: Record, due: Decimal | None, *, counts_yes: bool) -> None:
    if counts_yes and record.values.get("paid_amount") == 1 != due and record.typed["paid_amount"].strip() == "1":
        message = gettext(
            "« 1 » peut dire oui ou 1,00 € : écrivez oui, ou le montant avec ses centimes dans une cellule au format"
            " Texte."
        )
        record.refuse("paid_amount", message)


def _said_in(record: Record) -> str:
    return "payment_status" if record.typed.get("payment_status", "").strip() else "paid_amount"


def _doubt(record: Record, said: str, paid: Decimal, due: Decimal) -> None:
    found = PAID if paid >= due else PARTIAL if paid else UNPAID
    if said and due and said != found:
        message = gettext(
            "La ligne dit autre chose que le montant reçu (%(paid)s sur %(due)s) : le montant est repris."
        )
        record.note("payment_status", message % {"paid": euros(paid), "due": euros(due)})


def told_payment(values: dict[str, Any], *, take: bool = False) -> dict[str, Any]:
    """The method and the day of a payment that a row tells of, and with `take` out of its values."""
    told = {name: values[name] for name in ("method", "paid_on") if values.get(name)}
    for name in told if take else ():
        del values[name]
    return told
