"""What the command `nightly` does for the machinery: delete what has served."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db.models import QuerySet
from django.utils.formats import number_format
from django.utils.translation import gettext as _
from django_tasks_db.models import DBTaskResult

from fixaloop.accounts.factors import seal_factors_anew
from fixaloop.accounts.models import Guesses, KnownPlace
from fixaloop.accounts.sessions import OpenSession
from fixaloop.audit.models import AuditEntry
from fixaloop.exports.jobs import delete_expired, resume_orphans
from fixaloop.imports.jobs import delete_old, give_up_orphans
from fixaloop.models import ListBatch, Submission
from fixaloop.notices.models import Letter, Notice


def run(at: datetime) -> list[str]:
    lines = []
    for what, rows in _outlived(at):
        deleted, _by_model = rows.delete()
        lines.append(_("%(what)s : %(count)s") % {"what": what, "count": number_format(deleted)})
    return [*lines, *_files(at)]


def _files(at: datetime) -> list[str]:
    told = (
        (_("Secrets d’applications de codes, scellés avec la clé d’aujourd’hui"), seal_factors_anew()),
        (_("Exports interrompus repris"), resume_orphans(at)),
        (_("Imports interrompus signalés"), give_up_orphans(at)),
        (_("Exports expirés effacés"), delete_expired(at)),
        (_("Fichiers envoyés de plus de 7 jours effacés"), delete_old(at)),
    )
    return [_("%(what)s : %(count)s") % {"what": what, "count": number_format(count)} for what, count in told]


def _outlived(at: datetime) -> Iterator[tuple[str, QuerySet[Any]]]:
    week, month, half_year = (at - timedelta(days=days) for days in (7, 30, 180))
    yield _("Envois de formulaires de plus de 7 jours effacés"), Submission.objects.filter(created_at__lt=week)
    yield _("Lots de plus de 7 jours effacés"), ListBatch.objects.filter(at__lt=week)
    yield _("Sessions expirées effacées"), OpenSession.objects.filter(expire_date__lt=at)
    yield _("Essais de mots de passe de plus de 7 jours effacés"), Guesses.objects.filter(at__lt=week)
    yield _("Provenances sans connexion depuis 180 jours effacées"), KnownPlace.objects.filter(at__lt=half_year)
    kept = at - timedelta(days=settings.AUDIT_DAYS)
    yield _("Lignes du journal trop anciennes effacées"), AuditEntry.objects.filter(at__lt=kept)
    yield _("E-mails finis depuis plus de 180 jours effacés"), Letter.objects.filter(ended_at__lt=half_year)
    yield _("Notifications de plus de 180 jours effacées"), Notice.objects.filter(at__lt=half_year)
    yield (
        _("Résultats de tâches de plus de 30 jours effacés"),
        DBTaskResult.objects.finished().filter(finished_at__lt=month),
    )
