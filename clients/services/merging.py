"""Merging two clients: everything moves to the one that is kept (docs/rules.md, Clients)."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.contrib.auth.models import AbstractBaseUser
from django.db import transaction
from django.db.models import F
from django.utils import timezone
from django.utils.translation import gettext as _
from simple_history.utils import bulk_update_with_history

from clients.extensions import extensions
from clients.models import Client, ClientTemplate, FormerKey, FormerReference, ImportedRow
from clients.services import anonymized, update_client
from fixaloop.records.bulk import Signature, record_history
from fixaloop.records.refusal import Refused


@transaction.atomic
def merge_clients(kept: Client, lost: Client, *, by: AbstractBaseUser | None, at: datetime | None = None) -> Client:
    """Move everything from `lost` to `kept`; the old reference redirects from then on.

    Blank values of `kept` are filled from `lost`; values that both have stay those of `kept`. Raises `Refused`.
    """
    at = at or timezone.now()
    pair = Client.objects.select_for_update(of=("self",)).in_bulk(sorted((kept.pk, lost.pk)))
    if len(pair) < 2:
        raise Refused([_("Choisissez deux clients différents.")])
    kept, lost = pair[kept.pk], pair[lost.pk]
    known_by = [*_keys(kept), *_keys(lost)]
    if reasons := obstacles(kept, lost):
        raise Refused(reasons)
    if kept.company_id == lost.pk:
        kept.company = None
        kept.save(update_fields=["company"])
    Client.objects.filter(pk=lost.pk, company=kept).update(company=None)
    _move_members(lost, kept, by)
    reason = _("Fusion avec %(client)s") % {"client": lost}
    _move_dependents(lost, kept, Signature(by=by, reason=reason, at=at))
    FormerReference.objects.create(number=lost.number, client=kept)
    fill_blanks(kept, lost)
    lost._history_user = by
    lost.delete()
    for extension in extensions():
        extension.follow(kept)
    kept._change_reason = reason
    _remember(known_by, kept)
    return update_client(kept, by=by, at=at)


def _keys(client: Client) -> list[tuple[str, str]]:
    """What files and searches know a client by, as it is compared."""
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


def _move_members(lost: Client, kept: Client, by: AbstractBaseUser | None) -> None:
    members = list(lost.members.select_for_update(of=("self",)))
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


FILLABLE = ("siret", "email", "phone", "description", "external_reference")
ADDRESS = ("street", "street_extra", "postal_code", "city", "country")


def fill_blanks(kept: Client, lost: Client) -> list[str]:
    """Fill blank values from the other client; return the names of the fields filled.

    The address is taken whole or not at all.
    """
    names = [name for name in FILLABLE if getattr(lost, name) and not getattr(kept, name)]
    if not kept.is_company:
        names = [name for name in names if name != "siret"]
    if not any(getattr(kept, name) for name in ADDRESS[:-1]):
        names += [name for name in ADDRESS if getattr(lost, name)]
    if lost.company_id and not kept.company_id and lost.company_id != kept.pk:
        names.append("company")
    for name in names:
        setattr(kept, name, getattr(lost, name))
    return names
