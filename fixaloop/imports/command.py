"""The command line of imports, the same for every kind."""

import argparse
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, NoReturn

from django.core.management.base import CommandError, CommandParser
from django.db import OperationalError
from django.utils import timezone
from django.utils.translation import gettext as _

from fixaloop.imports.importer import MODES, Importer, Options
from fixaloop.imports.money import UNSAID
from fixaloop.imports.report import Issue, Report
from fixaloop.imports.run import FAILURES, Outcome, run_import
from fixaloop.imports.spreadsheets import check_writable, save_refused, unwritten
from fixaloop.management import HelpedCommand
from fixaloop.words.text import normalise


class ImportCommand(HelpedCommand):
    """Exit code 0: all rows taken; 1: some refused; 2: nothing written."""

    importer_class: type[Importer]

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path, help=_("le fichier .xlsx ou .csv"))
        parser.add_argument("--mode", choices=MODES, default="upsert")
        keys = self.importer_class.key_labels()
        parser.add_argument(
            "--key",
            type=_key_of(keys),
            choices=keys,
            default="",
            metavar="CLÉ",
            help=_("à quoi reconnaître : %(keys)s") % {"keys": ", ".join(keys.values())},
        )
        if self.importer_class.templates:
            parser.add_argument("--template", default="", metavar="NOM", help=_("le modèle des nouvelles fiches"))
        if self.importer_class.numbered:
            parser.add_argument(
                "--keep-references", action="store_true", help=_("garder les numéros libres du fichier")
            )
        if self.importer_class.forgetful:
            help_text = _("reprendre aussi les clients oubliés depuis, qui sont refusés sinon")
            parser.add_argument("--take-forgotten", action="store_true", help=help_text)
        if self.importer_class.paid_question:
            help_text = _("les lignes dont rien ne dit si elles sont payées : payées, ou encore dues")
            parser.add_argument("--unsaid", choices=UNSAID, default="", help=help_text)
        parser.add_argument("--dry-run", action="store_true", help=_("tout faire, puis tout défaire"))
        parser.add_argument("--on-error", choices=("abort", "skip"), default="abort")
        parser.add_argument("--lenient", action="store_true", help=_("laisser vide une valeur facultative fausse"))
        parser.add_argument("--report", type=Path, metavar="FICHIER.xlsx", help=_("les lignes refusées, à corriger"))
        parser.add_argument("--sheet", help=_("la feuille du classeur"))
        parser.add_argument("--encoding")
        parser.add_argument("--delimiter")
        parser.add_argument("--map", action="append", default=[], type=_pair, metavar='"Colonne=champ"', dest="mapped")
        parser.add_argument("--format", choices=("text", "json"), default="text")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            importer = self.importer_class(_chosen(options))
            if options["report"]:
                check_writable(options["report"])
            outcome = run_import(importer, options["file"], timezone.now(), self._progress)
        except FAILURES as error:
            self._fail(str(error), options, error)
        except (OSError, OperationalError) as error:
            self._fail(_disk(error), options, error)
        report = outcome.report
        if options["report"] and outcome.refused:
            self._write_refused(options["report"], outcome)
        self.stdout.write(report.as_json() if options["format"] == "json" else report.as_text())
        if report.exit_code:
            sys.exit(report.exit_code)

    def _fail(self, message: str, options: dict[str, Any], error: Exception) -> NoReturn:
        if options["format"] == "json":
            report = Report(dry_run=options["dry_run"])
            report.errors = [Issue(0, "", "", message)]
            self.stdout.write(report.as_json())
        raise CommandError(message, returncode=2) from error

    def _write_refused(self, path: Path, outcome: Outcome) -> None:
        """Write the refused rows. A full disk is only told: the other rows may be imported by now."""
        try:
            save_refused(path, outcome)
        except OSError as error:
            self.stderr.write(unwritten(error))

    def _progress(self, done: int, total: int) -> None:
        if self.stderr.isatty():
            self.stderr.write(_("%(done)s lignes lues sur %(total)s…") % {"done": done, "total": total}, ending="\r")


def _chosen(options: dict[str, Any]) -> Options:
    named = {name: options[name] for name in Options.__dataclass_fields__ if name in options}
    return Options(**named | {"skip": options["on_error"] == "skip", "mapped": dict(options["mapped"])})


def _key_of(keys: Mapping[str, str]) -> Callable[[str], str]:
    by_words = {normalise(words): key for key, words in keys.items()}
    return lambda text: by_words.get(normalise(text), text)


def _pair(text: str) -> tuple[str, str]:
    header, separator, name = text.rpartition("=")
    if not separator:
        raise argparse.ArgumentTypeError(_('« %s » : écrivez "Colonne=champ".') % text)
    return header, name


def _disk(error: Exception) -> str:
    return _("Rien n’est enregistré (%(reason)s) : vérifiez la place et les droits du disque, puis relancez.") % {
        "reason": getattr(error, "strerror", None) or error
    }
