"""Who changed what on a client, and how its status was decided."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _, gettext_lazy

from clients.models import Client
from clients.reference import CLIENT
from clients.services.clients import identities
from clients.services.mending import MENDED, RESTORED
from clients.status import last_day
from clients.values.contacts import show_lines
from clients.values.parsing import show_siret
from clients.values.phones import show_phone
from fixaloop.records.history import Change, read_changes, show_value

ORIGINS = {MENDED: gettext_lazy("écriture corrigée"), RESTORED: gettext_lazy("correction annulée")}
# Told by the line itself: its author and its time.
UNSAID = ("status_by", "status_at", "reviewed_by", "number", "created_at", "id")


def changes(client: Client, *, start: int = 0, count: int = 25) -> tuple[list[Change], bool]:
    records = Client.history.filter(id__in=identities(client)).select_related("history_user", "company", "status_by")
    found, more = read_changes(records, start=start, count=count, unsaid=UNSAID, show=_shown)
    names = _former_references(client) if any(change.row != client.pk for change in found) else {}
    return [_told(change, client, names) for change in found], more


def _told(change: Change, client: Client, names: Mapping[int, str]) -> Change:
    """The end of a record that was merged into this one is told as the merge."""
    merged = change.is_last and change.row != client.pk
    summary, origin = _("Fusion") if merged else change.summary, str(ORIGINS.get(change.origin, change.origin))
    return replace(change, of=names.get(change.row, ""), summary=summary, origin=origin)


def _former_references(client: Client) -> dict[int, str]:
    former = client.former_references.values("number")
    numbers = Client.history.filter(number__in=former).order_by().values_list("id", "number").distinct()
    return {key: CLIENT.show(number) for key, number in numbers}


def _shown(record: Any, field: Any) -> str:
    value = getattr(record, field.name, None)
    if value and field.name == "status_until":
        return last_day(value, timezone.now())
    if value and field.name == "phone":
        return show_phone(value, record.country.code)
    if value and field.name == "other_contacts":
        return show_lines(value, record.country.code)
    if value and field.name == "siret":
        return show_siret(value)
    return show_value(record, field)
