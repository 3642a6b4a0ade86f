"""The states of an intervention and the moves between them."""

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from django.db import models
from django.utils.translation import gettext_lazy as _

from fixaloop.speed.texts import language


class State(models.TextChoices):
    TO_PLAN = "to_plan", _("À planifier")
    PLANNED = "planned", _("Planifiée")
    IN_PROGRESS = "in_progress", _("En cours")
    ON_HOLD = "on_hold", _("En attente")
    DONE = "done", _("Terminée")
    CLOSED = "closed", _("Clôturée")
    CANCELLED = "cancelled", _("Annulée")


OPEN = (State.TO_PLAN, State.PLANNED, State.IN_PROGRESS, State.ON_HOLD)
STARTED = (State.IN_PROGRESS, State.ON_HOLD)
ENDED = (State.DONE, State.CLOSED)
# What a slot that is over makes late: not what waits for somebody else.
UNDER_WAY = (State.TO_PLAN, State.PLANNED, State.IN_PROGRESS)
# Nothing waits in these.
WORKED = (State.IN_PROGRESS, *ENDED)
# These need a reason.
EXPLAINED = (State.ON_HOLD, State.CANCELLED)


def state_name(state: str) -> str:
    return _state_name(state, language())


@lru_cache(maxsize=64)
def _state_name(state: str, language: str | None) -> str:
    return str(State(state).label).lower()


@dataclass(frozen=True)
class Move:
    """One line of the table: the verb of `services`, from which states to which, its button and what it asks for.

    Whoever may change the intervention may make the move, unless it has a `permission` of its own.
    """

    verb: str
    sources: tuple[State, ...]
    target: State
    label: Any
    icon: str
    asks: tuple[str, ...] = ()
    permission: str = ""
    # Real times that may be given; without them, the move is made now.
    times: tuple[str, ...] = ()
    # It cannot be taken back: it is confirmed where its consequence is named.
    confirms: bool = False

    @property
    def asked(self) -> bool:
        """Whether it has a page of its own before it is made."""
        return bool(self.asks) or self.confirms


FEE = "cancellation_fee"
WHEN = ("technician", "planned_start", "planned_end")
REOPEN = "interventions.reopen_intervention"
MOVES = (
    Move("plan", (State.TO_PLAN,), State.PLANNED, _("Planifier"), "calendar-check", asks=WHEN),
    Move("start", (State.TO_PLAN, State.PLANNED), State.IN_PROGRESS, _("Démarrer"), "play", times=("started_at",)),
    Move("resume", (State.ON_HOLD,), State.IN_PROGRESS, _("Reprendre"), "play", times=("resumed_at",)),
    Move(
        "finish",
        STARTED,
        State.DONE,
        _("Terminer"),
        "check",
        asks=("report",),
        times=("started_at", "finished_at"),
    ),
    Move(
        "hold",
        (State.IN_PROGRESS,),
        State.ON_HOLD,
        _("Mettre en attente"),
        "pause",
        asks=("reason",),
        times=("waiting_since",),
    ),
    Move(
        "close",
        (State.DONE,),
        State.CLOSED,
        _("Clôturer"),
        "lock",
        permission="interventions.change_intervention",
        confirms=True,
    ),
    Move(
        "reopen",
        (State.DONE,),
        State.IN_PROGRESS,
        _("Rouvrir"),
        "rotate-ccw",
        asks=("reason",),
        permission=REOPEN,
        times=("resumed_at",),
    ),
    Move("reopen", (State.CANCELLED,), State.TO_PLAN, _("Rouvrir"), "rotate-ccw", asks=("reason",), permission=REOPEN),
    Move("cancel", OPEN, State.CANCELLED, _("Annuler l’intervention"), "ban", asks=("reason", FEE)),
)


def moves_from(state: str) -> list[Move]:
    return [move for move in MOVES if state in move.sources]


def find_move(state: str, to: str) -> Move | None:
    return next((move for move in moves_from(state) if move.target == to), None)


def move_to(to: str) -> Move | None:
    return next((move for move in MOVES if move.target == to), None)
