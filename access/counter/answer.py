"""The answer of the counter, read from two metres away: one word, one reason, who it is, what to do next."""

import uuid
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.contrib.auth.models import User
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from access.counter.person import Person, person_of, reasons_for
from access.counter.place import Place
from access.counter.subject import check, key_of
from access.gate.credentials import Subject
from access.gate.decision import IN, OUT, Decision, open_entries
from access.gate.passages import Passage
from access.gate.reasons import BY_CODE, Explanation, anomaly_label
from access.gate.repairs import Offer
from access.models import Entry
from access.models.entries import SEE_MONEY
from fixaloop.words.dates import say_clock, say_since
from fixaloop.words.money import euros


@dataclass(frozen=True)
class Step:
    action: str
    label: str
    icon: str


@dataclass(frozen=True)
class Answer:
    """What the answer shows; `then` is what Enter in the empty field does next, `read` a plate that was misread.

    `forgotten` tells that the holder is still inside, so that letting them in ends that stay as estimated.
    """

    tone: str
    icon: str
    word: str
    sentence: str = ""
    unlock: str = ""
    holder: str = ""
    others: tuple[Explanation, ...] = ()
    remarks: tuple[str, ...] = ()
    person: Person | None = None
    key: str = ""
    read: str = ""
    then: Step | None = None
    steps: tuple[Step, ...] = ()
    insist: tuple[Step, ...] = ()
    repairs: tuple[Offer, ...] = ()
    forgotten: Step | None = None
    done: bool = False
    entry_url: str = ""
    exit_url: str = ""
    submission: uuid.UUID = field(default_factory=uuid.uuid4)

    @property
    def sound(self) -> str:
        return "refused" if self.tone == "stop" or self.person is None else "granted"


def answer_check(subject: Subject, place: Place, user: User, at: datetime, plate: str = "") -> Answer:
    """What would happen on the way in. `plate` is what was typed where that may be one."""
    passage = check(subject, place.door(IN), at)
    decision, subject = passage.decision, passage.subject
    enter = Step("enter", _("Faire entrer"), "log-in")
    leave = Step("exit", _leave_label(subject, place), "log-out")
    inside = open_entries(subject, place.door(IN))
    here = inside[-1] if inside else None
    common = _common(decision, subject, user, at)
    if here is not None and user.has_perm("access.correct_entry"):
        common["exit_url"] = reverse("access:entry-exit", args=[here.pk])
    if not subject.known:
        if plate:
            return Answer("warn", "circle-question-mark", _("Plaque inconnue"), **common)
        return Answer("stop", "circle-x", _("Entrée refusée"), **common)
    close = Step("enter", _("Clore et laisser entrer"), "log-in") if here is not None else None
    if not decision.granted:
        steps = (Step("exit", _("Enregistrer la sortie"), "log-out"),) if here else (leave,)
        insist = (Step("enter", _("Faire entrer quand même"), "log-in"),)
        # What refuses is that stay alone: ending it lets in.
        forgotten = close if [*decision.codes] == ["already_inside"] else None
        why_not = () if forgotten else insist
        word = _("Entrée refusée")
        return Answer("stop", "circle-x", word, steps=steps, insist=why_not, forgotten=forgotten, **common)
    if here is not None:
        common["sentence"] = _("%(zone)s, %(since)s") % {
            "zone": place.zone.name,
            "since": say_since(here.entered_at, at),
        }
        common["remarks"] = ()
        return Answer("warn", "circle-alert", _("Déjà sur place"), then=leave, forgotten=close, **common)
    return Answer("ok", "circle-check", _("Entrée autorisée"), then=enter, steps=(leave,), **common)


def _leave_label(subject: Subject, place: Place) -> str:
    stays = open_entries(subject, place.door(OUT))
    if not stays:
        return _("Noter une sortie")
    if place.zone.pk in stays[-1].zone.lineage:
        return _("Faire sortir")
    return _("Faire sortir de %(zone)s") % {"zone": stays[-1].zone.name}


def answer_passage(passage: Passage, subject: Subject, user: User, at: datetime) -> Answer:
    decision, entry = passage.decision, passage.entry
    way_in = decision.facts.direction == IN
    common = _common(decision, subject, user, at)
    common["remarks"] = tuple(map(anomaly_label, passage.event.anomalies)) if passage.event else ()
    if not passage.let_through:
        word = _("Entrée refusée") if way_in else _("Sortie refusée")
        action = "enter" if way_in else "exit"
        insist = (Step(action, _("Laisser passer quand même"), "log-in" if way_in else "log-out"),)
        return Answer("stop", "circle-x", word, insist=insist if subject.known else (), done=True, **common)
    common |= {"others": (), "unlock": "", "repairs": (), "holder": decision.message}
    common["sentence"] = _told(entry, way_in, decision.facts.zone, at, with_money=user.has_perm(SEE_MONEY))
    word, tone, icon = (
        (_("Entrée enregistrée"), "ok", "log-in") if way_in else (_("Sortie enregistrée"), "brand", "log-out")
    )
    seen = entry is not None and user.has_perm("access.view_entry")
    url = entry.get_absolute_url() if entry is not None and seen else ""
    return Answer(tone, icon, word, done=True, entry_url=url, **common)


def _common(decision: Decision, subject: Subject, user: User, at: datetime) -> dict[str, Any]:
    reasons = reasons_for(user, decision.reasons)
    first, others = (reasons[0], reasons[1:]) if reasons else (None, ())
    return {
        "sentence": first.staff if first else "",
        "unlock": first.unlock if first else "",
        "holder": first.holder if first else "",
        "others": others,
        "remarks": tuple(map(anomaly_label, decision.anomalies)),
        "person": person_of(subject, user, at),
        "key": key_of(subject),
        "read": subject.read_as,
        "repairs": tuple(_offers(decision, subject, user, at)),
    }


def _offers(decision: Decision, subject: Subject, user: User, at: datetime) -> Iterator[Offer]:
    reasons = [BY_CODE[code] for code in decision.codes]
    for repair in (repair for reason in reasons for repair in (reason.repair, reason.car_repair)):
        if repair is not None and user.has_perm(repair.permission) and (offer := repair.offer(subject, at)):
            yield offer


def _told(entry: Entry | None, way_in: bool, zone: str, at: datetime, *, with_money: bool) -> str:
    if entry is None or way_in:
        return _("%(zone)s, à %(time)s") % {"zone": zone, "time": say_clock(timezone.localtime(at))}
    entered, left = (
        say_clock(timezone.localtime(entry.entered_at)),
        say_clock(timezone.localtime(entry.exited_at or at)),
    )
    told = _("%(zone)s, de %(entered)s à %(left)s") % {"zone": zone, "entered": entered, "left": left}
    owed = _("reste dû : %(amount)s") % {"amount": euros(entry.balance)}
    return f"{told} · {owed}" if entry.balance > 0 and with_money else told


def answer_failure(passage: Passage | None = None) -> Answer:
    """What is answered where deciding failed; `passage` is what could be written, where somebody was to pass."""
    noted = passage is not None and passage.event is not None
    return Answer(
        "stop",
        "triangle-alert",
        _("Contrôle impossible"),
        sentence=_("Seul l’échec est noté dans les événements.") if noted else _("Rien n’est enregistré."),
        unlock=_("Réessayez. Qui sort à pied ne doit pas être retenu : laissez sortir et notez-le."),
        done=True,
    )
