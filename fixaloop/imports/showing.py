"""What the pages of imports show of a batch and of a report."""

from __future__ import annotations

from typing import Any

from django.utils.formats import number_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from fixaloop.imports.forms import name_of
from fixaloop.imports.kinds import importer_of
from fixaloop.imports.records import Action, Issue
from fixaloop.models import ImportBatch, ImportJob

SHOWN = 50


def show_batch(batch: ImportBatch) -> dict[str, Any]:
    """A line of the list of imports."""
    importer = importer_of(batch.kind)
    who = batch.by
    return {
        "batch": batch,
        "kind": name_of(importer) if importer and importer.model else batch.kind,
        "by": (who.get_full_name() or who.get_username()) if who else _("ligne de commande"),
        "created": number_format(batch.created),
        "updated": number_format(batch.updated),
        "refused": number_format(batch.refused),
        "undone_by": (batch.undone_by.get_full_name() or batch.undone_by.get_username()) if batch.undone_by else "",
    }


def show_report(job: ImportJob) -> dict[str, Any]:
    """The report of a job: figures with their words, the first remarks, and what to do next."""
    report = job.report
    labels = (
        (Action.CREATE, _("à créer") if job.simulated else _("créées"), "ok"),
        (Action.UPDATE, _("à mettre à jour") if job.simulated else _("mises à jour"), "brand"),
        (Action.UNCHANGED, _("inchangées"), "muted"),
        (Action.REFUSE, _("refusées"), "stop"),
        (Action.IGNORE, _("ignorées (titres, lignes vides, totaux)"), "muted"),
    )
    counts = report["counts"]
    return {
        "figures": [
            {"label": label, "count": number_format(counts.get(action.value, 0)), "tone": tone}
            for action, label, tone in labels
        ],
        "understood": report["understood"],
        "errors": _grouped(report["errors"])[:SHOWN],
        "more_errors": number_format(report["error_count"] - SHOWN) if report["error_count"] > SHOWN else "",
        "warnings": _grouped(report["warnings"])[:SHOWN],
        "more_warnings": number_format(report["warning_count"] - SHOWN) if report["warning_count"] > SHOWN else "",
        "changes": [
            {"row": change["row"], "fields": [(name, *pair) for name, pair in change["fields"].items()]}
            for change in report["changes"][:SHOWN]
        ],
        "outcome": _outcome(job, report),
        "ready": job.simulated and not report["aborted"] and (counts.get("created", 0) or counts.get("updated", 0)),
    }


def _grouped(issues: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The same thing said of many rows is said once; a value that the sentence quotes is not repeated before it."""
    together: dict[tuple[str, str], list[dict[str, Any]]] = {}
    for issue in issues:
        together.setdefault((issue["column"], issue["message"]), []).append(issue)
    return [_said(column, message, found) for (column, message), found in together.items()]


def _said(column: str, message: str, found: list[dict[str, Any]]) -> dict[str, Any]:
    rows = ", ".join(number_format(issue["row"]) for issue in found[:3])
    if len(found) > 3:
        told = _("%(count)s lignes : %(rows)s…") % {"count": number_format(len(found)), "rows": rows}
    else:
        told = ngettext("ligne %(rows)s", "lignes %(rows)s", len(found)) % {"rows": rows}
    value = Issue(**found[0]).unsaid if len(found) == 1 else ""
    return {"rows": told, "column": column, "message": message, "value": value}


def _outcome(job: ImportJob, report: dict[str, Any]) -> tuple[str, str]:
    """The tone and the sentence that say where one stands."""
    counts = report["counts"]
    if report["aborted"]:
        return "stop", _(
            "Rien n’est enregistré : corrigez les lignes refusées, ou choisissez de prendre les bonnes lignes seules."
        )
    if not (counts.get("created") or counts.get("updated")):
        return "muted", _("Rien à enregistrer : toutes les lignes sont déjà là, telles quelles.")
    if job.simulated:
        return "brand", _("Simulation : rien n’est enregistré. Voici ce que l’import ferait.")
    return "ok", _("Import enregistré.")
