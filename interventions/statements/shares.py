"""Who owes what (docs/rules.md, Money): a client its own jobs and stays, and those of the members it pays for.

A payment belongs to whoever owes the job or stay that it is for.
"""

from collections.abc import Callable
from typing import Any

from django.db.models import F, Q, QuerySet
from django.db.models.functions import Coalesce, Least, TruncDate

from access.models import Entry, Payment
from clients.models import Client
from clients.models.choices import Payer
from clients.payers import paid_by

# Which rows belong to an account, as a condition on the path to their client.
Share = Callable[[str], Q]


def all_shares(owner: str) -> Q:
    return Q()


def own_share(owner: str) -> Q:
    return paid_by(Payer.OWN, F("arose_on"), owner)


def company_share(owner: str) -> Q:
    return paid_by(Payer.COMPANY, F("arose_on"), owner)


def share_of(client: Client) -> Share:
    """What a client owes of its own, and what a company owes of its members’.

    Each condition is as short as it can be: PostgreSQL plans it again in every subquery of an account.
    """
    own = own_share if client.company_id else all_shares
    if not client.is_company:
        return own

    def share(owner: str) -> Q:
        return Q(**{owner: client}) & own(owner) | Q(**{f"{owner}__company": client}) & company_share(owner)

    return share


def shared(rows: QuerySet[Any], share: Share, owner: str) -> QuerySet[Any]:
    """The rows of a share, jobs and stays by the day on which they arose.

    A job arose when it was entered, or began if that is earlier, and a stay when it began.
    """
    path = owner.removesuffix("client")
    moment: Any = f"{path}entered_at"
    if rows.model not in (Entry, Payment):
        entered = f"{path}created_at"
        # Never null: on SQLite, one null makes the least of several null.
        began = Coalesce(f"{path}started_at", f"{path}finished_at", entered)
        moment = Least(began, entered)
    return rows.annotate(arose_on=TruncDate(moment)).filter(share(owner))
