"""Amounts of money: how they are written, and the largest that is taken."""

from decimal import Decimal
from functools import lru_cache
from typing import Any

from django.utils.formats import get_format, number_format
from django.utils.translation import gettext as _

from fixaloop.speed.texts import language

TOO_MUCH = 10**8


def euros(amount: Any) -> str:
    """`1 234,50 €`, in one piece."""
    thousands, decimal = _marks(language())
    whole, cents = f"{amount:,.2f}".split(".")
    return f"{whole.replace(',', thousands)}{decimal}{cents}\N{NO-BREAK SPACE}€"


@lru_cache(maxsize=8)
def _marks(language: str | None) -> tuple[str, str]:
    """What stands between thousands and before cents: `number_format` asks for them for every number."""
    return get_format("THOUSAND_SEPARATOR"), get_format("DECIMAL_SEPARATOR")


def amount_error(amount: Decimal | None) -> str:
    """What is wrong with an amount: it is not negative and has a size that means something; empty when nothing is."""
    if amount is None or 0 <= amount < TOO_MUCH:
        return ""
    if amount < 0:
        return _("Un montant n’est jamais négatif.")
    return _("%(amount)s € dépasse le maximum, 99 999 999,99 €.") % {"amount": number_format(amount)}
