"""What of a client's row tells who it is, and the change history emptied of it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from clients.models import Client

# A person has two names and a company has one, by constraint; they are the same words for all of them.
NAMES = {
    Client.Kind.INDIVIDUAL: {"first_name": "Client", "last_name": "anonymisé", "company_name": ""},
    Client.Kind.COMPANY: {"first_name": "", "last_name": "", "company_name": "Entreprise anonymisée"},
}
PERSONAL = ("siret", "email", "phone", "street", "street_extra", "postal_code", "city", "description")


def nobody(kind: str) -> dict[str, Any]:
    """The columns of a client of a kind of whom nothing is known any more."""
    blanks = dict.fromkeys((*PERSONAL, "external_reference", "status_reason"), "")
    return blanks | NAMES[Client.Kind(kind)]


def forget_records(numbers: Iterable[int], kind: str) -> None:
    """Empty the change history of the clients of these numbers: what was done when, and by whom, stays."""
    # The reason of a change may name somebody: a merge does.
    Client.history.filter(number__in=numbers).update(**nobody(kind), history_change_reason=None)
