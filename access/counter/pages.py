"""The counter (« Contrôle »): one field, an answer in green or red, the click that lifts a refusal.

What is typed or scanned comes by POST and goes no further: into no address, page or log.
"""

import logging
import uuid
from collections.abc import Callable, Mapping
from contextlib import suppress
from datetime import datetime
from typing import Any

from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import DatabaseError, transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from access import services
from access.counter.answer import Answer, answer_check, answer_failure, answer_passage
from access.counter.near import candidates, held, typed_plate, with_read
from access.counter.person import choices
from access.counter.place import Place, UnknownPlace, place_of, places
from access.counter.recent import recent
from access.counter.subject import by_key, decided_then, find_subjects, glimpse
from access.gate.credentials import CLIENT, PLATE, QR, Credential, Subject
from access.gate.decision import IN, OUT, Door
from access.gate.passages import Circumstances, Passage, keep, open_door, pass_door, record_failure
from access.gate.repairs import BUTTONS, Asked, Button
from access.models import Event
from fixaloop.forms.submissions import submit_once
from fixaloop.web.refusals import permission_required, require
from fixaloop.words.text import clean

logger = logging.getLogger(__name__)
USE_CONTROL = "access.use_control"
WAYS = {"enter": IN, "exit": OUT}
LONGEST_REASON = 200
_FAILED = "the counter could not decide"


@sensitive_post_parameters("value")
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@permission_required(USE_CONTROL)
def control(request: HttpRequest) -> HttpResponse:
    """The counter. `?subject=card-12`, which other pages link to, asks at once about somebody known.

    `?value=` fills in a plate that was typed elsewhere, and nothing else: it may be a code that nobody is to see.
    """
    known = places()
    try:
        place = place_of(request, known)
    except UnknownPlace:
        return _page(request, known, None, {"error": _("Ce comptoir n’existe plus : choisissez-en un autre.")}, 422)
    if place is None:
        return _page(request, known, None, {}, 422 if request.method == "POST" else 200)
    at = timezone.now()
    if request.method == "POST":
        return _answered(request, known, place, at)
    user: Any = request.user
    context = _safely(lambda: _checked(request.GET.get("subject", ""), place, user, at))
    return _page(request, known, place, {"typed": typed_plate(request.GET.get("value", "")), **context})


def _answered(request: HttpRequest, known: list[Place], place: Place, at: datetime) -> HttpResponse:
    context = _safely(lambda: _answer(request, place, at), lambda: _failed(request, place, at))
    if "error" not in context:
        return _page(request, known, place, context)
    # The answer that the form stood in, with what was typed there.
    user: Any = request.user
    again = _safely(lambda: _checked(request.POST.get("subject", ""), place, user, at))
    typed = {"typed": typed_plate(request.POST.get("value", "")), "why": request.POST.get("reason", "")}
    return _page(request, known, place, {**again, **context, **typed}, 422)


def _safely(show: Callable[[], dict[str, Any]], failed: Callable[[], Answer] = answer_failure) -> dict[str, Any]:
    """What is shown, or that it failed. A second try settles a deadlock with a change of the same rows."""
    for last in (False, True):
        try:
            return show()
        except ValidationError as error:
            return {"error": " ".join(error.messages)}
        except DatabaseError:
            logger.log(logging.ERROR if last else logging.INFO, _FAILED, exc_info=True)
        except Exception:
            logger.exception(_FAILED)
            break
    return {"answer": failed()}


def _failed(request: HttpRequest, place: Place, at: datetime) -> Answer:
    way = WAYS.get(request.POST.get("action", ""))
    if way is None:
        return answer_failure()
    user: Any = request.user
    circumstances = Circumstances(at, by=user, text=_typed_reason(request.POST)[:LONGEST_REASON])
    return answer_failure(record_failure(place.door(way), CLIENT, circumstances))


def _checked(key: str, place: Place, user: Any, at: datetime) -> dict[str, Any]:
    subject = by_key(key, place.zone, at)
    return {"answer": answer_check(subject, place, user, at)} if subject else {}


def _answer(request: HttpRequest, place: Place, at: datetime) -> dict[str, Any]:
    posted = request.POST
    text, action = posted.get("value", "").strip(), posted.get("action", "check")
    if not text and action == "check":
        # Enter in the empty field does what the last answer proposed.
        action = posted.get("then") or action
    if action not in ("check", *WAYS):
        return {"error": _("Cette action n’existe pas.")}
    found = find_subjects(text, place.zone, at) if text else _named(posted, place, at)
    if found is None:
        return {"error": _("Scannez une carte, ou saisissez une plaque, un nom ou une référence.")}
    if len(found) > 1:
        return {"choices": choices(found, at), "action": action, "reason": _reason(posted)}
    subject = found[0] if found else Subject()
    if action == "check":
        answer = answer_check(subject, place, request.user, at, typed_plate(text))  # type: ignore[arg-type]
    else:
        answer = _pass(request, subject, text, place, WAYS[action], at)
    return {"answer": answer, **(_about_unknown(text, place, at) if answer.person is None else {})}


def _about_unknown(text: str, place: Place, at: datetime) -> dict[str, Any]:
    read = typed_plate(text)
    found = candidates(read, place.zone, at) if read else []
    return {"glimpse": glimpse(text), "length": len(text), "read": read, "candidates": found}


def _named(posted: Mapping[str, str], place: Place, at: datetime) -> list[Subject] | None:
    key = posted.get("subject", "")
    if not key:
        return None
    subject = by_key(key, place.zone, at)
    return [with_read(subject, posted.get("read", ""))] if subject is not None else []


def _pass(request: HttpRequest, subject: Subject, text: str, place: Place, way: str, at: datetime) -> Answer:
    user: Any = request.user
    door = place.door(way)
    if not subject.known:
        passage = _record_stranger(text, door, user, at)
        return answer_passage(passage, passage.subject, user, at)
    # Each scan is a new passage; a button is one passage however often it is clicked.
    token = None if text else _token(request.POST)
    passage = _record(subject, door, user, at, _reason(request.POST), token)
    if subject.client is not None:
        subject.client.refresh_from_db(fields=("inside_since", "last_visit_at"))
    return answer_passage(passage, subject, user, at)


def _token(posted: Mapping[str, str]) -> uuid.UUID | None:
    with suppress(ValueError):
        return uuid.UUID(posted.get("submission", ""))
    return None


def _typed_reason(posted: Mapping[str, str]) -> str:
    return clean(posted.get("reason", ""))


def _reason(posted: Mapping[str, str]) -> str:
    """Raises ValidationError for more than is kept: nothing of it is cut off."""
    reason = _typed_reason(posted)
    if len(reason) > LONGEST_REASON:
        values = {"most": LONGEST_REASON, "count": len(reason)}
        raise ValidationError(_("Le motif a %(count)d caractères : %(most)d au plus, raccourcissez-le.") % values)
    return reason


def _record(subject: Subject, door: Door, by: User, at: datetime, reason: str, token: uuid.UUID | None) -> Passage:
    made: list[Passage] = []

    def once() -> Passage:
        made.append(open_door(subject, door, by=by, reason=reason, at=at))
        return made[0]

    url = submit_once(token, by, once, _page_of)
    return made[0] if made else _recorded_before(url)


def _page_of(passage: Passage) -> str:
    return reverse("access:event", args=[passage.event.pk]) if passage.event else ""


def _recorded_before(url: str) -> Passage:
    events = Event.objects.select_related("client__company", "card", "vehicle", "entry")
    passage = decided_then(events.get(pk=int(url.strip("/").rsplit("/", 1)[-1])))
    if passage is None:
        raise Event.DoesNotExist
    return passage


@transaction.atomic
def _record_stranger(text: str, door: Door, by: User, at: datetime) -> Passage:
    """Record that somebody unknown asked to pass. What is no plate counts as a QR code: its event keeps no text."""
    plate = typed_plate(text)
    credential = Credential(PLATE, plate) if plate else Credential(QR, text)
    return keep(pass_door(credential, door, Circumstances(at, by=by)))


@never_cache
@require_POST
@permission_required(USE_CONTROL)
def repair(request: HttpRequest) -> HttpResponse:
    button = BUTTONS.get(request.POST.get("repair", ""))
    if button is None:
        raise PermissionDenied
    require(request.user, button.permission)
    known, at = places(), timezone.now()
    try:
        place = place_of(request, known)
    except UnknownPlace:
        place = None
    named = _named(request.POST, place, at) if place is not None else None
    if place is None or not named:
        return _page(request, known, place, {"error": _("Cette personne n’est plus connue : scannez de nouveau.")}, 422)
    try:
        said, status = _repaired(request, button, named[0], place, at)
    except DatabaseError:
        logger.exception(_FAILED)
        return _page(request, known, place, {"answer": answer_failure()})
    context = _safely(lambda: _checked(request.POST["subject"], place, request.user, at))
    told = {"notice": said} if status == 200 else {"error": said, "why": request.POST.get("reason", "")}
    return _page(request, known, place, {**context, **told}, status)


def _repaired(request: HttpRequest, button: Button, subject: Subject, place: Place, at: datetime) -> tuple[str, int]:
    by: Any = request.user
    try:
        asked = Asked(subject, place.zone, by, at, request.POST.get("until", ""), _reason(request.POST))
        return button.do(asked), 200
    except ValidationError as error:
        return " ".join(error.messages), 422
    except services.Stale:
        return _("Quelqu’un vient de changer cette fiche : voici ce qu’il en est maintenant."), 409
    except services.Refused as refusal:
        return str(refusal), 409


def _page(
    request: HttpRequest, known: list[Place], place: Place | None, context: Mapping[str, Any], status: int = 200
) -> HttpResponse:
    live = bool(request.htmx)  # type: ignore[attr-defined]
    template = "access/gate/_answer.html" if live else "access/gate/control.html"
    context = {"places": known, "place": place, "apart": live, **_beside(request, place), **context}
    return render(request, template, context, status=status)


def _beside(request: HttpRequest, place: Place | None) -> dict[str, Any]:
    """What stands beside an answer: plates that readers hold, and the last passages."""
    if place is None:
        return {"held": [], "recent": []}
    at = timezone.now()
    return {"held": held(place.zone, at), "recent": recent(request.user, at, place.zone)}


@never_cache
@require_safe
@permission_required(USE_CONTROL)
def waiting(request: HttpRequest) -> HttpResponse:
    place = place_of(request, places())
    context = {"place": place, "apart": True, **_beside(request, place)}
    return render(request, "access/gate/_waiting.html", context)
