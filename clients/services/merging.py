"""Merging two clients: everything moves to the one that is kept (docs/rules.md, Clients)."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from django.contrib.auth.models import AbstractBaseUser
from django.db import transaction
from django.db.models import F
from django.utils import timezone
from django.utils.translation import gettext as _
from simple_history.utils import bulk_update_with_history

from clients.extensions import extensions
from clients.models import Client, ClientTemplate, FormerKey, FormerReference, ImportedRow, OtherContact
from clients.payers import ALONE
from clients.services import anonymized, update_client
from clients.services.choosing import take
from fixaloop.records.bulk import Signature, record_history
from fixaloop.records.refusal import Refused, Stale


@transaction.atomic
def merge_clients(
    kept: Client,
    lost: Client,
    *,
    chosen: Mapping[str, str] | None = None,
    versions: tuple[int | None, int | None] = (None, None),
    by: AbstractBaseUser | None,
    at: datetime | None = None,
) -> Client:
    """Move everything from `lost` to `kept`; the old reference redirects from then on.

    Blank values of `kept` are filled from `lost`. Where both have one, `chosen` says by group whose is taken, and the
    other goes into the description. Raises `Refused`, and `Stale` if one of them is no longer at its version.
    """
    at = at or timezone.now()
    pair = Client.objects.select_for_update(of=("self",)).in_bulk(sorted((kept.pk, lost.pk)))
    if len(pair) < 2:
        raise Refused([_("Choisissez deux clients différents.")])
    kept, lost = pair[kept.pk], pair[lost.pk]
    known_by = [*_keys(kept), *_keys(lost)]
    if reasons := obstacles(kept, lost):
        raise Refused(reasons)
    if any(told not in (None, client.version) for told, client in zip(versions, (kept, lost), strict=True)):
        raise Stale
    take(kept, lost, chosen or {})
    _part(kept, lost)
    _move_members(lost, kept, by)
    reason = _("Fusion avec %(client)s") % {"client": lost}
    # Written anew with all that `kept` has.
    OtherContact.objects.filter(client=lost).delete()
    for extension in extensions():
        extension.before_merge(kept, lost)
    _move_dependents(lost, kept, Signature(by=by, reason=reason, at=at))
    FormerReference.objects.create(number=lost.number, client=kept)
    lost._history_user = by
    lost.delete()
    for extension in extensions():
        extension.follow(kept)
    kept._change_reason = reason
    _remember(known_by, kept)
    return update_client(kept, by=by, at=at)


def _keys(client: Client) -> list[tuple[str, str]]:
    keys = (
        (FormerKey.Kind.EMAIL, client.email.lower()),
        (FormerKey.Kind.EXTERNAL_REFERENCE, client.external_reference),
    )
    return [(kind.value, value) for kind, value in keys if value]


def _remember(keys: Iterable[tuple[str, str]], kept: Client) -> None:
    """Keep the keys that the client kept does not have itself, so that it is still found by them."""
    own = _keys(kept)
    for kind, value in keys:
        if (kind, value) not in own:
            FormerKey.objects.update_or_create(kind=kind, value=value, defaults={"client": kept})


def obstacles(kept: Client, lost: Client) -> list[str]:
    reasons = [anonymized(client) for client in (kept, lost) if client.anonymized_at]
    if not kept.is_company and lost.members.exists():
        reasons.append(_("Une entreprise qui a des membres ne peut pas être fusionnée dans un particulier."))
    return reasons


def _part(kept: Client, lost: Client) -> None:
    """Take either out of the other as its company: the client kept would work for itself."""
    if kept.company_id == lost.pk:
        for name, value in ALONE.items():
            setattr(kept, name, value)
    for client, other in ((kept, lost), (lost, kept)):
        Client.objects.filter(pk=client.pk, company=other).update(**ALONE)


def _move_members(lost: Client, kept: Client, by: AbstractBaseUser | None) -> None:
    members = list(lost.members.select_for_update(of=("self",), no_key=True))
    for member in members:
        member.company = kept
        member.version += 1
    bulk_update_with_history(members, Client, ["company", "version"], batch_size=500, default_user=by)


def _move_dependents(lost: Client, kept: Client, signed: Signature) -> None:
    """Point all rows of all apps that name `lost` at `kept`, and record it in their history."""
    for relation in Client._meta.related_objects:
        name = relation.field.name
        related: Any = relation.related_model
        moved = related._base_manager.filter(**{name: lost})
        if not hasattr(related, "history"):
            moved.update(**{name: kept})
        elif keys := list(moved.values_list("pk", flat=True)):
            versions = {"version": F("version") + 1} if "version" in vars(related) else {}
            moved.update(**{name: kept}, **versions)
            record_history(related._base_manager.filter(pk__in=keys), "~", signed)
    if kept.is_company:
        ClientTemplate.objects.filter(company=lost).update(company=kept)


def dependents(client: Client) -> list[tuple[str, int]]:
    counted = []
    for relation in Client._meta.related_objects:
        related: Any = relation.related_model
        count = related._base_manager.filter(**{relation.field.name: client}).count()
        if count and related is not ImportedRow:
            counted.append((_("membres") if related is Client else str(related._meta.verbose_name_plural), count))
    return counted
