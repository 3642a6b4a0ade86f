"""Tariffs: written and given to zones. What is due by them already does not change."""

from collections.abc import Sequence

from django.contrib.auth.models import AbstractBaseUser
from django.db import transaction
from django.utils.translation import gettext as _

from access.models import Tag, Tariff, Zone
from fixaloop.records.history import has_changed
from fixaloop.records.refusal import Refused, Stale
from fixaloop.words.dates import long_day


@transaction.atomic
def save_tariff(
    tariff: Tariff,
    *,
    zones: Sequence[Zone],
    free_tags: Sequence[Tag],
    by: AbstractBaseUser | None,
    version: int | None = None,
) -> Tariff:
    """Save a new or changed tariff. Raises `Refused` if a zone has another one from the same day on, and `Stale`."""
    # So that two people do not give a zone two tariffs at once.
    list(Zone.objects.select_for_update(of=("self",)).filter(pk__in=[zone.pk for zone in zones]).order_by("pk"))
    _refuse_second(tariff, zones)
    tariff.zone_names, tariff.tag_names = (", ".join(sorted(str(row) for row in rows)) for rows in (zones, free_tags))
    if tariff.pk:
        stored = Tariff.objects.select_for_update(of=("self",)).get(pk=tariff.pk)
        if not has_changed(stored, tariff):
            return tariff
        if version is not None and stored.version != version:
            raise Stale
        tariff.version = stored.version + 1
    tariff._history_user = by  # type: ignore[attr-defined]
    tariff.save()
    tariff.zones.set(zones)
    tariff.free_tags.set(free_tags)
    return tariff


def _refuse_second(tariff: Tariff, zones: Sequence[Zone]) -> None:
    others = Tariff.objects.filter(starts_on=tariff.starts_on, zones__in=zones).exclude(pk=tariff.pk)
    other = others.order_by("pk").values_list("name", "zones__name").first()
    if other is not None:
        message = _("« %(zone)s » a déjà un tarif à partir du %(day)s : « %(name)s ».")
        raise Refused([message % {"zone": other[1], "name": other[0], "day": long_day(tariff.starts_on)}])
