"""What the command `nightly` does for clients: compare what is computed from a client with the client."""

from datetime import datetime

from django.db import transaction
from django.utils.formats import number_format
from django.utils.translation import gettext as _

from clients.models import DERIVED, Client, ClientQuerySet
from clients.services.contacts import write_contacts


def run(at: datetime) -> list[str]:
    repaired = sum(map(repair, Client.objects.batches(1_000)))
    message = _("Recherche et autres contacts contredits par les fiches, réparés : %(count)s")
    return [message % {"count": number_format(repaired)}]


@transaction.atomic
def repair(clients: ClientQuerySet) -> int:
    """Write anew the derived columns and the rows of contacts that differ; return how many clients had one."""
    rows = list(clients.order_by("pk"))
    wrong = [client.pk for client in rows if _differs(client)]
    # Locked and read again: somebody may be changing them.
    locked = list(Client.objects.select_for_update(of=("self",)).filter(pk__in=wrong).order_by("pk"))
    for client in locked:
        client.derive()
    Client.objects.bulk_update(locked, DERIVED, batch_size=200)
    return len(locked) + write_contacts(client.pk for client in rows)


def _differs(client: Client) -> bool:
    before = [getattr(client, name) for name in DERIVED]
    client.derive()
    return before != [getattr(client, name) for name in DERIVED]
