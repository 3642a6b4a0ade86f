"""What is done to many rows of a list at once: planned row by row, written once, undone where nothing changed since.

    CARDS = Kind(
        name="card",
        page="access:card-batches",
        home="access:cards",
        model=AccessCard,
        write=write_cards,
        offers=(Action("suspend", _("Suspendre"), icon="pause", right=CHANGE, form=ReasonForm, plan=suspend), …),
    )

A list declares its `batch`; `batch_pages.urls` gives the pages. The model has a `version`, which each change moves on.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django import forms
from django.contrib.auth.models import AbstractBaseUser
from django.db import transaction
from django.db.models import Model, QuerySet
from django.utils.translation import gettext as _

from fixaloop.models import ListBatch, ListBatchRow
from fixaloop.records.bulk import Changed

# Rows of one batch: written while somebody waits, and looked at before.
MOST = 1_000


@dataclass(frozen=True)
class Step:
    """What an action makes of a row: how it is and how it will be, in words, and the values to write.

    Without values nothing changes; `refused` says why it may not.
    """

    was: str = ""
    becomes: str = ""
    values: Mapping[str, Any] = field(default_factory=dict)
    refused: str = ""


@dataclass(frozen=True)
class Line:
    row: Any
    step: Step

    @property
    def changes(self) -> bool:
        return bool(self.step.values) and not self.step.refused


@dataclass(frozen=True, eq=False, kw_only=True)
class Offer:
    """A button under a list, for people with the right."""

    name: str
    label: Any
    icon: str
    right: str
    tone: str = ""


@dataclass(frozen=True, eq=False, kw_only=True)
class Action(Offer):
    """`form` asks for what is needed; `plan(row, asked, at)` says what becomes of a row."""

    plan: Callable[[Any, Mapping[str, Any], datetime], Step]
    form: type[forms.Form] = forms.Form


@dataclass(frozen=True, eq=False, kw_only=True)
class Bar:
    """What is offered for the rows that are ticked. `page` is the URL name that takes them, `most` of them at once."""

    page: str
    offers: Sequence[Offer]
    most: int | None = None
    # Whether `page`, asked for alone, lists what was done.
    has_past: bool = False


def every_row(rows: QuerySet[Any]) -> QuerySet[Any]:
    return rows


@dataclass(frozen=True, eq=False, kw_only=True)
class Kind(Bar):
    """Batches of rows of one model.

    `write(changes, by=, at=)` brings rows (key → values) to their next version, and returns what they were with their
    version now. `rows` fetches what plans and `detail(row, user)`, a second line for a row, read besides.
    """

    name: str
    model: type[Model]
    # The URL name of the list of all rows, and its heading.
    home: str
    title: Any
    noun: Any
    write: Callable[..., Changed]
    offers: Sequence[Action]
    most: int | None = MOST
    has_past: bool = True
    rows: Callable[[QuerySet[Any]], QuerySet[Any]] = every_row
    detail: Callable[[Any, Any], str] = lambda row, user: ""

    def action(self, name: str) -> Action | None:
        return next((action for action in self.offers if action.name == name), None)

    def find(self, keys: Collection[int]) -> QuerySet[Any]:
        return self.rows(self.model._default_manager.filter(pk__in=keys)).order_by("pk")

    def locked(self, keys: Collection[int]) -> list[Any]:
        return list(self.find(keys).select_for_update(of=("self",), no_key=True))


def plan(
    action: Action, rows: Sequence[Any], versions: Mapping[int, int], asked: Mapping[str, Any], at: datetime
) -> list[Line]:
    """What becomes of each row; one that is no longer at its version of `versions` was changed by somebody else."""
    return [Line(row, _step(action, row, versions, asked, at)) for row in rows]


def _step(action: Action, row: Any, versions: Mapping[int, int], asked: Mapping[str, Any], at: datetime) -> Step:
    if versions.get(row.pk, row.version) != row.version:
        return Step(refused=_("Modifié par quelqu’un d’autre depuis l’aperçu."))
    return action.plan(row, asked, at)


@transaction.atomic
def run(
    kind: Kind,
    action: Action,
    versions: Mapping[int, int],
    asked: Mapping[str, Any],
    *,
    by: AbstractBaseUser,
    at: datetime,
) -> ListBatch:
    """Do to the rows of `versions` what the preview said, except to those that changed since."""
    lines = plan(action, kind.locked(versions), versions, asked, at)
    changed = kind.write({line.row.pk: line.step.values for line in lines if line.changes}, by=by, at=at)
    batch = ListBatch.objects.create(kind=kind.name, action=action.name, by=by, at=at)  # type: ignore[misc]
    told = [_told(batch, line, changed) for line in lines if line.changes or line.step.refused]
    ListBatchRow.objects.bulk_create(told, batch_size=500)
    return batch


def _told(batch: ListBatch, line: Line, changed: Changed) -> ListBatchRow:
    before, mark = changed.get(line.row.pk, ({}, ""))
    return ListBatchRow(batch=batch, row=line.row.pk, before=before, mark=mark, refused=line.step.refused[:300])


@transaction.atomic
def undo(kind: Kind, batch: ListBatch, *, by: AbstractBaseUser, at: datetime) -> None:
    """Give the rows of a batch their former values, except those that changed since; a second time changes nothing."""
    batch = ListBatch.objects.select_for_update(of=("self",)).get(pk=batch.pk)
    if batch.undone_at is not None:
        return
    written = {line.row: line for line in batch.rows.exclude(mark="")}
    same = [row.pk for row in kind.locked(written) if str(row.version) == written[row.pk].mark]
    kind.write({pk: written[pk].before for pk in same}, by=by, at=at)
    batch.rows.filter(row__in=same).update(undone=True)
    batch.undone_at, batch.undone_by = at, by  # type: ignore[assignment]
    batch.save(update_fields=["undone_at", "undone_by"])
