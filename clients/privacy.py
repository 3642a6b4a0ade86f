"""Personal data of a client: an archive to hand over, and anonymising (docs/rules.md, Personal data).

A client is anonymised by a walk over all columns that may hold something of it (`fixaloop.records.personal`), in one
transaction with the client’s row. What remains: reference, kind, country, language, links to companies and members,
dates, states and amounts.
"""

import logging
from collections.abc import Iterator
from datetime import datetime
from typing import IO, Any

from django.contrib.auth.models import AbstractBaseUser
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from clients.declared.personal import nobody
from clients.extensions import extensions
from clients.lists.file_columns import COLUMNS
from clients.models import Client
from clients.pages.history import changes
from clients.services import update_client
from clients.services.clients import identities
from clients.services.due import kept_for, quiet, with_keeps
from clients.services.forgotten import remember
from fixaloop.audit.trail import Kind, note
from fixaloop.databases.streams import streaming
from fixaloop.exports.archive import Archive, Part
from fixaloop.exports.workbook import provenance
from fixaloop.files.columns import FileColumn
from fixaloop.files.forgetting import forget_files
from fixaloop.records.history import Change, FieldChange
from fixaloop.records.personal import forget
from fixaloop.records.refusal import Refused

logger = logging.getLogger("fixaloop.exports")
PAGE = 200
# Colleagues are persons too: who did something here is not the client's to know (CJEU, C-579/21).
COLLEAGUES = ("Technicien", "Par")
Line = tuple[Change, FieldChange | None]

HISTORY_COLUMNS = (
    FileColumn("Date", lambda line, at: line[0].at, 18),
    FileColumn("Fiche fusionnée", lambda line, at: line[0].of, 16),
    FileColumn("Nature", lambda line, at: line[0].summary, 16),
    FileColumn("Origine", lambda line, at: line[0].origin, 28),
    FileColumn("Champ", lambda line, at: line[1].label if line[1] else "", 20),
    FileColumn("Avant", lambda line, at: line[1].old if line[1] else "", 32),
    FileColumn("Après", lambda line, at: line[1].new if line[1] else "", 32),
)


def archive_permissions() -> list[str]:
    added = (permission for extension in extensions() for permission in extension.archive_permissions)
    return ["clients.export_client", *added]


def write_dossier(file: IO[bytes], client: Client, *, by: AbstractBaseUser | None, at: datetime) -> dict[str, int]:
    """Write the archive and log it; return the number of rows by kind."""
    parts = [part for extension in extensions() for part in extension.archive(client)]
    parts.append(Part("historique", _("Modifications de la fiche"), HISTORY_COLUMNS, lambda: _history(client)))
    archive = Archive(
        name="client",
        facts=_facts(client, at),
        parts=[part.without(COLLEAGUES) for part in parts],
        about=provenance(by.get_username() if by else _("Système"), at, [(_("Client"), client.reference)]),
        introduction=_introduction(client),
        at=at,
    )
    with streaming(Client):
        counts = archive.write(file)
    note(Kind.ARCHIVE, client.reference, by=by, rows=sum(counts.values()))
    logger.info("whole file of client %s by %s: %s", client.reference, by or "-", counts)
    return counts


def _facts(client: Client, at: datetime) -> dict[str, Any]:
    for extension in extensions():
        extension.complete([client], at)
    facts = {str(column.header): column.value(client, at) for column in COLUMNS}
    return facts | {
        "Nom de l’entreprise": client.company.name if client.company else "",
        "Mode du statut": client.get_status_mode_display(),
        "Statut forcé le": client.status_at,
        "Statut forcé jusqu’au": client.status_until,
        "Anciennes références": ", ".join(map(str, client.former_references.order_by("pk"))),
        "Anciens e-mails et anciennes références externes": ", ".join(map(str, client.former_keys.order_by("pk"))),
        "Modifié le": client.updated_at,
    }


def _history(client: Client) -> Iterator[Line]:
    """One line per changed field, newest first; a change without visible fields has a line of its own."""
    start, more = 0, True
    while more:
        found, more = changes(client, start=start, count=PAGE)
        start += PAGE
        for change in found:
            yield from ((change, field) for field in change.fields or (None,))


def _introduction(client: Client) -> str:
    message = _(
        "Tout ce que nous savons de %(client)s.\n\n"
        "dossier.json réunit tout, pour un programme ; client.txt et les classeurs .xlsx disent la même chose à lire.\n"
        "N’y figurent ni les noms de nos collaborateurs, ni ceux d’autres clients, ni les codes des cartes, que nous ne"
        " connaissons pas."
    )
    return message % {"client": client}


def obstacles_to_anonymising(client: Client) -> list[str]:
    return [sentence for extension in extensions() for sentence in extension.obstacles_to_anonymising(client)]


@transaction.atomic
def anonymize_client(client: Client, *, by: AbstractBaseUser | None, at: datetime | None = None) -> Client:
    """Forget who a client is, for good. Returns early if it is anonymised already.

    Raises `Refused` while there is work under way or somebody on the site.
    """
    at = at or timezone.now()
    client = Client.objects.select_for_update(of=("self",)).get(pk=client.pk)
    if client.anonymized_at:
        return client
    if reasons := obstacles_to_anonymising(client):
        raise Refused(reasons)
    known_by = identities(client)
    remember(client, at)
    for extension in extensions():
        extension.forget(known_by, by=by, at=at)
    forget(known_by, at)
    for extension in extensions():
        extension.follow(client)
    forget_files()
    client.former_keys.all().delete()
    client.imported_rows.all().delete()
    client.refresh_from_db()
    for name, value in nobody(client.kind).items():
        setattr(client, name, value)
    client.status_mode, client.status_until = Client.StatusMode.AUTOMATIC, None
    client.anonymized_at = at
    client._change_reason = _("Anonymisation")
    note(Kind.ANONYMISED, client.reference, by=by)
    return update_client(client, by=by, at=at)


def anonymize_if_due(client: Client, *, by: AbstractBaseUser | None, at: datetime) -> Client:
    """Forget a client without contact. Raises `Refused` if something has come in between."""
    found = with_keeps(quiet(at), at).filter(pk=client.pk).first()
    if found is None:
        raise Refused([_("Il y a eu un contact depuis.")])
    if reasons := kept_for(found):
        raise Refused(reasons)
    return anonymize_client(client, by=by, at=at)
