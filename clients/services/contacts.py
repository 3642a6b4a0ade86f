"""The rows of further phones and e-mails, written from the column that the history of a client keeps."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator

from clients.models import Client, OtherContact
from clients.values.contacts import Line, read_lines
from fixaloop.records.bulk import BATCH, batches


def write_contacts(client_ids: Iterable[int]) -> int:
    """Bring the rows of these clients in step with `Client.other_contacts`; return how many clients differed."""
    return sum(map(_write, batches(sorted(set(client_ids)))))


def _write(client_ids: Collection[int]) -> int:
    said = Client.objects.filter(pk__in=client_ids).order_by("pk").values_list("pk", "other_contacts")
    wanted = {pk: read_lines(text) for pk, text in said}
    there: dict[int, list[Line]] = defaultdict(list)
    for owner, value, label in (
        OtherContact.objects.filter(client__in=wanted).order_by("position").values_list("client", "value", "label")
    ):
        there[owner].append(Line(value, label))
    differing = {pk: lines for pk, lines in wanted.items() if lines != there[pk]}
    OtherContact.objects.filter(client__in=[pk for pk in differing if there[pk]]).delete()
    OtherContact.objects.bulk_create(_rows(differing), batch_size=BATCH)
    return len(differing)


def _rows(lines: dict[int, list[Line]]) -> Iterator[OtherContact]:
    for pk, of_client in lines.items():
        for position, line in enumerate(of_client, 1):
            kind = OtherContact.Kind.EMAIL if line.is_email else OtherContact.Kind.PHONE
            yield OtherContact(
                client_id=pk, kind=kind, value=line.value, key=line.mark, label=line.label, position=position
            )
