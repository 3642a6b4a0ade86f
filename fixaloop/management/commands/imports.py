"""`manage.py imports`: past imports, the newest first."""

import json
from datetime import datetime
from typing import Any

from django.core.management.base import CommandParser
from django.utils import timezone
from django.utils.translation import gettext as _, gettext_lazy

from fixaloop.management import HelpedCommand
from fixaloop.models import ImportBatch


class Command(HelpedCommand):
    about = gettext_lazy("Liste les imports passés : fichier, auteur, date, résultat.")

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--limit", type=int, default=50, help=_("combien en montrer (50)"))
        parser.add_argument("--format", choices=("text", "json"), default="text")

    def handle(self, *args: Any, **options: Any) -> None:
        batches = ImportBatch.objects.select_related("by", "undone_by")[: max(options["limit"], 0)]
        if options["format"] == "json":
            self.stdout.write(json.dumps([_told(batch) for batch in batches], ensure_ascii=False, indent=2))
            return
        if not batches:
            self.stdout.write(_("Aucun import."))
        for batch in batches:
            self.stdout.write(_line(batch))


def _told(batch: ImportBatch) -> dict[str, Any]:
    return {
        "batch": batch.pk,
        "kind": batch.kind,
        "file": batch.file_name,
        "fingerprint": batch.fingerprint,
        "at": batch.created_at.isoformat(),
        "by": batch.by.get_username() if batch.by else None,
        **{name: getattr(batch, name) for name in ("options", "read", "created", "updated", "unchanged", "refused")},
        "undone_at": batch.undone_at.isoformat() if batch.undone_at else None,
    }


def _line(batch: ImportBatch) -> str:
    values = {
        "number": batch.pk,
        "when": _minute(batch.created_at),
        "file": batch.file_name,
        "by": batch.by or _("commande"),
        **{name: getattr(batch, name) for name in ("kind", "created", "updated", "refused")},
    }
    line = _(
        "n° %(number)s · %(when)s · %(kind)s · %(file)s · %(by)s :"
        " %(created)s créés, %(updated)s mis à jour, %(refused)s refusés"
    )
    undone = _(" — annulé le %(when)s") % {"when": _minute(batch.undone_at)} if batch.undone_at else ""
    return line % values + undone


def _minute(moment: datetime) -> str:
    return f"{timezone.localtime(moment):%d/%m/%Y %H:%M}"
