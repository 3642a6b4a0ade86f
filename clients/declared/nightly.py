"""What the command `nightly` does for clients: compare what is computed from a client with the client."""

from datetime import datetime, timedelta

from django.db import transaction
from django.utils.formats import number_format
from django.utils.translation import gettext as _

from clients.models import DERIVED, Client, ClientQuerySet, ForgettingJob
from clients.services.contacts import write_contacts
from clients.services.due import refresh
from clients.services.forgotten import forget_marks

JOBS_KEPT = timedelta(days=7)


def run(at: datetime) -> list[str]:
    repaired = sum(map(repair, Client.objects.batches(1_000)))
    contacts = sum(map(refresh, Client.objects.batches()))
    old, _by_model = ForgettingJob.objects.filter(created_at__lt=at - JOBS_KEPT).delete()
    marks = forget_marks(at)
    done = (
        (_("Recherche et autres contacts contredits par les fiches, réparés"), repaired),
        (_("Derniers contacts mis à jour"), contacts),
        (_("Empreintes de clients oubliés effacées"), marks),
        (_("Oublis de clients demandés il y a plus de 7 jours effacés"), old),
    )
    return [_("%(what)s : %(count)s") % {"what": what, "count": number_format(count)} for what, count in done]


@transaction.atomic
def repair(clients: ClientQuerySet) -> int:
    """Write anew the derived columns and the rows of contacts that differ; return how many clients had one."""
    rows = list(clients.order_by("pk"))
    wrong = [client.pk for client in rows if _differs(client)]
    # Locked and read again: somebody may be changing them.
    locked = list(Client.objects.select_for_update(of=("self",), no_key=True).filter(pk__in=wrong).order_by("pk"))
    for client in locked:
        client.derive()
    Client.objects.bulk_update(locked, DERIVED, batch_size=200)
    return len(locked) + write_contacts(client.pk for client in rows)


def _differs(client: Client) -> bool:
    before = [getattr(client, name) for name in DERIVED]
    client.derive()
    return before != [getattr(client, name) for name in DERIVED]
