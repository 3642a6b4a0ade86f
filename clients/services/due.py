"""Clients due for forgetting: nobody has been in touch for `CLIENT_RETENTION_YEARS` (docs/rules.md, Personal data)."""

from datetime import datetime, timedelta

from django.conf import settings
from django.db.models import Exists, OuterRef, QuerySet

from clients.extensions import extensions
from clients.models import Client

YEAR = timedelta(days=365.25)


def due(at: datetime) -> QuerySet[Client]:
    """Inactive clients, without contact, to whom nothing is owed either way; the oldest first.

    A change of the record is a contact, and a company waits for its members.
    """
    since = at - settings.CLIENT_RETENTION_YEARS * YEAR
    quiet = Client.objects.filter(
        anonymized_at=None,
        inside_since=None,
        open_interventions=0,
        created_at__lt=since,
        updated_at__lt=since,
        last_visit_at__lt=since,
        active_until__lt=at,
        resumes_at=None,
    )
    members = Client.objects.filter(company=OuterRef("pk"), anonymized_at=None)
    found: QuerySet[Client] = quiet.filter(~Exists(members))
    for extension in extensions():
        found = extension.without_contact(found, since)
    return found.order_by("created_at", "pk")
