"""One row of a file of interventions, read by the rules of the forms."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib.auth.models import User
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from fixaloop.forms.parsing import parse_amount, parse_months
from fixaloop.imports.cells import parse_date
from fixaloop.imports.report import Record
from fixaloop.words.text import clean, normalise
from interventions.imports.headings import PLACES, STATES
from interventions.models import Intervention
from interventions.states import State

TEXTS = ("title", "equipment_brand", "equipment_model", "equipment_serial", "state_reason")
LONG_TEXTS = ("description", "diagnosis", "report")
INSTANTS = ("planned_start", "planned_end", "started_at", "finished_at", "created_at")
AMOUNTS = ("quote_amount", "parts_amount", "labor_amount")


class Team:
    """The people that files name: by user name, or by first and last name in either order."""

    def __init__(self) -> None:
        self._by_name: dict[str, set[int]] = {}
        for user in User.objects.all():
            names = (user.username, f"{user.first_name} {user.last_name}", f"{user.last_name} {user.first_name}")
            for name in names:
                self._by_name.setdefault(normalise(name), set()).add(user.pk)

    def find(self, text: str) -> int:
        """The key of a person. Raises ValidationError where nobody, or several, answer to the name."""
        found = self._by_name.get(normalise(text), set())
        if len(found) != 1:
            raise ValidationError(_("« %(text)s » n’est personne de l’équipe.") % {"text": text}, "technician")
        return next(iter(found))


def read_row(record: Record, team: Team) -> None:
    """Fill the values of a record; blank cells are left out, so that they never erase."""
    readers: dict[str, Callable[[str], Any]] = {
        **dict.fromkeys(TEXTS, _line),
        **dict.fromkeys(LONG_TEXTS, _text),
        **dict.fromkeys(INSTANTS, parse_date),
        **dict.fromkeys(AMOUNTS, parse_amount),
        "warranty_months": parse_months,
        "technician": team.find,
        "state": _state,
        "place": _place,
    }
    for name, text in record.typed.items():
        if name not in readers or not text.strip():
            continue
        try:
            value = readers[name](text)
        except ValidationError as error:
            record.refuse(name, " ".join(error.messages))
            continue
        if value not in (None, ""):
            record.values["technician_id" if name == "technician" else name] = value
    _check_lengths(record)


def guess_state(values: dict[str, Any]) -> str:
    """The state of a row that says none: what its dates come to."""
    if values.get("finished_at"):
        return State.DONE.value
    if values.get("started_at"):
        return State.IN_PROGRESS.value
    planned = values.get("technician_id") and values.get("planned_start") and values.get("planned_end")
    return State.PLANNED.value if planned else State.TO_PLAN.value


def _check_lengths(record: Record) -> None:
    for name in (*TEXTS, *LONG_TEXTS):
        limit = getattr(Intervention._meta.get_field(name), "max_length", None)
        if limit and len(record.values.get(name, "")) > limit:
            message = _("Ce texte a %(length)d caractères ; %(limit)d au plus.")
            record.refuse(name, message % {"length": len(record.values.pop(name)), "limit": limit})


def _line(text: str) -> str:
    return clean(text)


def _text(text: str) -> str:
    return clean(text, multiline=True)


def _state(text: str) -> str:
    if code := STATES.get(normalise(text)):
        return code
    known = ", ".join(str(label) for label in State.labels)
    raise ValidationError(_("État inconnu. États possibles : %(known)s.") % {"known": known}, "state")


def _place(text: str) -> str:
    if code := PLACES.get(normalise(text)):
        return code
    raise ValidationError(_("Écrivez Atelier ou Sur site."), "place")
