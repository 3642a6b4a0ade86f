"""Many cards changed at once: what `access.services.cards` does for one, in as many queries as for one."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from django.contrib.auth.models import AbstractBaseUser
from django.db import transaction

from access.models import AccessCard, Tag
from access.services import client_columns
from access.services.cards import tell_cards, told_of
from access.services.periods import write_periods
from fixaloop.records import bulk
from fixaloop.records.bulk import BATCH, Changed, Signature


@transaction.atomic
def write_cards(changes: Mapping[int, Mapping[str, Any]], *, by: AbstractBaseUser | None, at: datetime) -> Changed:
    """Give cards (key → columns, and `tags` as their keys) these values, with history and events.

    Returns what each had, and its version now. Which values are possible is checked before, with the cards locked.
    """
    if not changes:
        return {}
    had = _tags_of(changes)
    changed = bulk.change(AccessCard, {pk: _columns(row, at) for pk, row in changes.items()}, Signature(by, "", at))
    _write_tags({pk: row["tags"] for pk, row in changes.items() if "tags" in row})
    cards = list(AccessCard.objects.filter(pk__in=changed).order_by("pk"))
    write_periods(pk for pk, row in changes.items() if "periods" in row)
    client_columns.follow(card.client_id for card in cards)
    told = [(card, one) for card in cards for one in told_of(card, changes[card.pk].keys(), card.status_reason)]
    tell_cards(told, by=by, at=at)
    return {
        pk: (before | ({"tags": had[pk]} if "tags" in changes[pk] else {}), version)
        for pk, (before, version) in changed.items()
    }


def _columns(row: Mapping[str, Any], at: datetime) -> dict[str, Any]:
    columns = {name: value for name, value in row.items() if name != "tags"}
    return {"status_at": at} | columns if "status" in columns else columns


def _tags_of(cards: Iterable[int]) -> dict[int, list[int]]:
    found: dict[int, list[int]] = {pk: [] for pk in cards}
    links = AccessCard.tags.through.objects.filter(accesscard__in=found).order_by("tag")
    for card, tag in links.values_list("accesscard", "tag"):
        found[card].append(tag)
    return found


def _write_tags(wanted: Mapping[int, Iterable[int]]) -> None:
    """Tags that are deleted meanwhile stay away."""
    link = AccessCard.tags.through
    there = set(
        Tag.objects.filter(pk__in={tag for tags in wanted.values() for tag in tags}).values_list("pk", flat=True)
    )
    link.objects.filter(accesscard__in=wanted).delete()
    links = [link(accesscard_id=pk, tag_id=tag) for pk, tags in wanted.items() for tag in tags if tag in there]
    link.objects.bulk_create(links, batch_size=BATCH)
