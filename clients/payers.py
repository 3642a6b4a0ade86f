"""Who pays for a member of a company: itself or the company (docs/rules.md, Money)."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from django.db.models import BooleanField, Case, ExpressionWrapper, Q, When
from django.utils.translation import gettext as _

from clients.models import Client
from clients.models.choices import Payer

COLUMNS = ("payer", "payer_since")
# What a client without a company has, by constraint.
ALONE: Mapping[str, Any] = {"company": None, "payer": Payer.OWN, "payer_since": None}
OTHER = {Payer.OWN: Payer.COMPANY, Payer.COMPANY: Payer.OWN}


def paid_by(payer: Payer, day: Any, client: str = "") -> Q:
    """Whether this payer owes what arose on a day; before the payer’s first day, the other does.

    `client` is the path to the client, and `day` a value or an expression.
    """
    path = f"{client}__" if client else ""
    # One expression and not an “or”, which takes PostgreSQL much longer to plan in the many subqueries of an account.
    before, since = (ExpressionWrapper(Q(**{f"{path}payer": one}), BooleanField()) for one in (OTHER[payer], payer))
    return Q(Case(When(**{f"{path}payer_since__gt": day}, then=before), default=since))


def settled_payer(company: int | None, before: Client | None, said: Mapping[str, Any], today: date) -> dict[str, Any]:
    """The columns of who pays, for a client with this company, from what a form or a file says of them.

    `before` is the client as it is stored. A company pays for its members unless something else is said; one that
    takes the place of another pays from today.
    """
    if company is None:
        return {name: ALONE[name] for name in COLUMNS}
    if before is None or before.company_id is None:
        return {"payer": said.get("payer") or Payer.COMPANY, "payer_since": said.get("payer_since")}
    payer = said.get("payer") or before.payer
    if company == before.company_id:
        return {"payer": payer, "payer_since": said.get("payer_since", before.payer_since)}
    return {"payer": payer, "payer_since": said.get("payer_since") or (today if payer == Payer.COMPANY else None)}


def say_payer(client: Client) -> str:
    who = str(client.get_payer_display())
    if client.payer_since is None:
        return who
    sentences = {
        Payer.OWN.value: _("Lui-même depuis le %(day)s ; son entreprise avant"),
        Payer.COMPANY.value: _("Son entreprise depuis le %(day)s ; lui-même avant"),
    }
    return sentences[client.payer] % {"day": f"{client.payer_since:%d/%m/%Y}"}
