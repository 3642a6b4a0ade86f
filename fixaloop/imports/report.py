"""Rows of a file on their way, and the report of an import: text for a person, JSON for a program."""

import json
from collections import Counter
from dataclasses import asdict, dataclass, field
from enum import StrEnum
from typing import Any

from django.utils.formats import number_format
from django.utils.translation import gettext as _, ngettext

from fixaloop.forms.parsing import Reading

SHOWN = 50
LONGEST = 60
# How much of a value a message quotes at least, and how a quotation begins.
QUOTED = 50
OPENING = ("« ", "“")


class Action(StrEnum):
    """What an import does with a row."""

    CREATE = "created"
    UPDATE = "updated"
    UNCHANGED = "unchanged"
    REFUSE = "refused"
    IGNORE = "ignored"


@dataclass(frozen=True, slots=True)
class Issue:
    """A remark about a row: where, which value, what is wrong and what would be right."""

    row: int
    column: str
    value: str
    message: str

    @property
    def unsaid(self) -> str:
        """The value to quote before the message; "" where the message quotes it itself."""
        value = " ".join(self.value.split())
        beginning, message = value[:QUOTED].rstrip(), " ".join(self.message.split())
        return "" if any(f"{mark}{beginning}" in message for mark in OPENING) else value[:LONGEST]


@dataclass(slots=True)
class Record:
    """One row on its way: its typed texts by field, the values they read as, what is wrong, what will be done.

    `sources` names the file's field that a field was taken from, where it is another one. `quoted` is the value to
    quote where it is not the typed one. `strays` are values without a heading. `changes` holds the old and the new text
    of each field that an update changes. `trace` is what the row is known by when its file is loaded again.
    """

    number: int
    typed: dict[str, str]
    values: dict[str, Any] = field(default_factory=dict)
    errors: dict[str, list[str]] = field(default_factory=dict)
    notes: dict[str, list[str]] = field(default_factory=dict)
    action: Action = Action.CREATE
    target: int | None = None
    sources: dict[str, str] = field(default_factory=dict)
    quoted: dict[str, str] = field(default_factory=dict)
    strays: list[tuple[str, str]] = field(default_factory=list)
    changes: dict[str, tuple[str, str]] = field(default_factory=dict)
    trace: tuple[str, ...] = ()
    # Hashes of the marks that no earlier row has, while the row is settled.
    claims: list[int] = field(default_factory=list)

    def refuse(self, name: str, message: str) -> None:
        self.errors.setdefault(name, []).append(message)

    def note(self, name: str, message: str) -> None:
        self.notes.setdefault(name, []).append(message)

    def filled(self) -> dict[str, str]:
        return {name: text for name, text in self.typed.items() if text.strip()}

    def take(self, reading: Reading) -> None:
        self.values |= {name: value for name, value in reading.values.items() if value}
        for name, errors in reading.errors.items():
            for error in errors:
                self.refuse(name, " ".join(error.messages))
        for name, notes in reading.notes.items():
            for note in notes:
                self.note(name, note)

    def forgive(self, optional: frozenset[str]) -> None:
        """Leave wrong optional values empty; what was wrong becomes a note."""
        for name in optional & self.errors.keys():
            for message in self.errors.pop(name):
                self.note(name, _("%(message)s Valeur non reprise.") % {"message": message})
            self.values.pop(name, None)

    def quote(self, name: str) -> str:
        return self.quoted.get(name) or self.typed.get(name, "")


@dataclass
class Report:
    """Counts and remarks of one import."""

    batch: int | None = None
    dry_run: bool = False
    read: int = 0
    counts: Counter[Action] = field(default_factory=Counter)
    errors: list[Issue] = field(default_factory=list)
    warnings: list[Issue] = field(default_factory=list)
    understood: list[str] = field(default_factory=list)
    differences: list[tuple[int, dict[str, tuple[str, str]]]] = field(default_factory=list)
    # The first rows of each sort, as `imports.preview` keeps them.
    rows: dict[str, Any] = field(default_factory=dict)
    sheet: str = ""
    written: bool = False
    advice: str = ""

    @property
    def refused(self) -> int:
        return self.counts[Action.REFUSE]

    @property
    def taken(self) -> int:
        return sum(self.counts[action] for action in (Action.CREATE, Action.UPDATE, Action.UNCHANGED))

    @property
    def exit_code(self) -> int:
        """0: all rows taken; 1: some refused, the others taken or unchanged; 2: none taken because of refused rows."""
        if not self.refused:
            return 0
        return 1 if self.taken and not self._aborted else 2

    _aborted: bool = False

    def abort(self) -> None:
        self._aborted = True

    def as_json(self) -> str:
        counts = {action.value: self.counts[action] for action in Action}
        content: dict[str, Any] = {"batch": self.batch, "dry_run": self.dry_run, "read": self.read, **counts}
        content["errors"] = [asdict(issue) for issue in self.errors]
        content["warnings"] = [asdict(issue) for issue in self.warnings]
        content["understood"] = self.understood
        content["changes"] = [{"row": row, "fields": fields} for row, fields in self.differences]
        return json.dumps(content, ensure_ascii=False, indent=2)

    def as_text(self) -> str:
        lines = [*self.understood, ""]
        labels = {
            Action.CREATE: _("créés") if self.written else _("à créer"),
            Action.UPDATE: _("mis à jour") if self.written else _("à mettre à jour"),
            Action.UNCHANGED: _("inchangés"),
            Action.REFUSE: _("refusés"),
            Action.IGNORE: _("ignorés (titres, lignes vides, totaux)"),
        }
        lines.append(
            ngettext("%(count)s ligne lue", "%(count)s lignes lues", self.read) % {"count": number_format(self.read)}
        )
        lines += [f"  {number_format(self.counts[action]):>9}  {label}" for action, label in labels.items()]
        lines += self._remarks(_("Lignes refusées :"), self.errors)
        lines += self._remarks(_("À vérifier :"), self.warnings)
        lines += self._changes()
        lines += ["", self.advice] if self.advice else []
        lines += ["", self._outcome()]
        return "\n".join(lines)

    def _outcome(self) -> str:
        if self._aborted:
            return _(
                "Rien n’a été enregistré : corrigez les lignes refusées, "
                "ou ajoutez --on-error skip pour prendre les autres."
            )
        if self.dry_run:
            return _("Simulation : rien n’a été enregistré.")
        if not self.written:
            return _("Rien à enregistrer.")
        return _("Enregistré : import n° %(batch)s.") % {"batch": self.batch}

    def _changes(self) -> list[str]:
        if not self.differences:
            return []
        lines = ["", _("Ce qui changerait :")]
        for row, fields in self.differences[:SHOWN]:
            told = ", ".join(f"{name} « {old} » → « {new} »" for name, (old, new) in fields.items())
            lines.append("  " + _("ligne %(row)s : %(changes)s") % {"row": row, "changes": told})
        if len(self.differences) > SHOWN:
            more = _("… et %(count)s autres lignes : --format json les donne toutes.")
            lines.append(f"  {more % {'count': number_format(len(self.differences) - SHOWN)}}")
        return lines

    def _remarks(self, title: str, issues: list[Issue]) -> list[str]:
        if not issues:
            return []
        lines = ["", title]
        for issue in issues[:SHOWN]:
            place = _("ligne %(row)s") % {"row": issue.row}
            column = f", {issue.column}" if issue.column else ""
            value = _(" (« %(value)s »)") % {"value": issue.unsaid} if issue.unsaid else ""
            lines.append(f"  {place}{column}{value} : {issue.message}")
        if len(issues) > SHOWN:
            more = _("… et %(count)s autres : --report FICHIER.xlsx les donne toutes.")
            lines.append(f"  {more % {'count': number_format(len(issues) - SHOWN)}}")
        return lines
