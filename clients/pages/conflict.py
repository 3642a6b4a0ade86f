"""Two people who change one client at the same time: what the second is shown."""

from __future__ import annotations

from typing import Any

from clients.models import Client
from clients.pages.forms import ClientForm, StatusForm
from clients.pages.history import changes
from fixaloop.forms.conflicts import tell_conflict


def conflict_context(form: StatusForm, client: Client) -> dict[str, Any]:
    """What somebody else changed since the form was opened; saving again then overwrites knowingly."""
    stored = Client.objects.get(pk=client.pk)
    [last], _more = changes(stored, count=1)
    return tell_conflict(form, ClientForm(instance=stored, may_force=True), stored.version, last)
