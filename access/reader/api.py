"""The reader API under /api/v1/: JSON, one token per device (docs/api.md)."""

import logging
from collections.abc import Callable
from datetime import datetime, timedelta
from functools import wraps
from http import HTTPStatus
from typing import Any

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.db import DatabaseError
from django.db.models import QuerySet
from django.http import (
    Http404,
    HttpRequest,
    HttpResponse,
    HttpResponseNotModified,
    JsonResponse,
    StreamingHttpResponse,
)
from django.http.response import HttpResponseBase
from django.urls import re_path
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt
from ninja import NinjaAPI
from ninja.errors import AuthenticationError, HttpError, ValidationError
from ninja.security import HttpBearer

from access.gate.codes import digest
from access.gate.credentials import Credential
from access.models import Device
from access.reader import passages
from access.reader.held_list import HeldList
from access.reader.limits import TooMany, check_pace, count_wrong_token
from access.reader.messages import (
    Batch,
    BatchAnswer,
    DeviceAnswer,
    PassageAnswer,
    Problem,
    ReadAnswer,
    ReadMessage,
    what_is_wrong,
)
from access.reader.metrics import GATE_READS, GATE_SECONDS
from access.reader.reads import GRACE, NonceReused, Scan, WrongDirection, WrongType, answer, answer_batch, patience
from fixaloop.lists import counting
from fixaloop.records.deadlines import Deadline, TooLate, bounded
from fixaloop.watch.metrics import count, observe
from fixaloop.web.requests import address_of, waited

logger = logging.getLogger(__name__)
# Five hundred reads are a quarter of this.
LARGEST_BODY = 512 * 1024
SEEN_EVERY = timedelta(minutes=1)
PROBLEMS = {401: Problem, 413: Problem, 415: Problem, 422: Problem, 429: Problem, 503: Problem}
# What an answer is called where a browser keeps it instead of showing it.
AS_FILE = 'attachment; filename="fixaloop.json"'


LINES = {"application/x-ndjson": {"schema": {"type": "string"}}}


class TooLarge(Exception):
    """A body larger than any that a reader sends."""


class NotJson(Exception):
    """A body that says of itself that it is something else than JSON. One that says nothing is read as JSON."""


class DeviceToken(HttpBearer):
    """The token printed by `manage.py provision_device` or shown once on the page of the device."""

    def authenticate(self, request: HttpRequest, token: str) -> Device | None:
        device = find_device(token)
        if device is None:
            count_wrong_token(address_of(request), timezone.now(), patience())
        if device is not None and int(request.META.get("CONTENT_LENGTH") or 0) > LARGEST_BODY:
            raise TooLarge
        if device is not None and not _may_be_json(request):
            raise NotJson
        return device


def _may_be_json(request: HttpRequest) -> bool:
    return request.META.get("CONTENT_LENGTH") in (None, "", "0") or request.content_type in ("", "application/json")


def find_device(token: str) -> Device | None:
    """The device of a token. Its former token stops working when the new one is first used."""
    hashed = digest(token)
    devices = Device.objects.select_related("zone__parent").order_by()
    device = next(iter(counting.read(devices.filter(token_hash=hashed))), None)
    if device is None:
        return next(iter(devices.filter(former_token_hash=hashed)), None)
    if device.former_token_hash:
        _write(Device.objects.filter(pk=device.pk, token_hash=hashed), former_token_hash="")
        device.former_token_hash = ""
    return device


def mark_seen(device: Device, at: datetime, *, at_once: bool = False) -> None:
    """Keep that a device is alive, once a minute: if every read wrote its row, reads would wait for each other."""
    if at_once or device.last_seen_at is None or at - device.last_seen_at > SEEN_EVERY:
        _write(Device.objects.filter(pk=device.pk), last_seen_at=at)


def _write(devices: QuerySet[Device], **values: Any) -> None:
    """Write what the next call writes too: no answer waits for it."""
    try:
        with bounded(Deadline(GRACE), patience()):
            devices.update(**values)
    except (DatabaseError, TooLate):
        logger.info("a device could not be written now", exc_info=True)


api = NinjaAPI(
    title="Fixaloop",
    version="1",
    description="Lecteurs et barrières : qui peut passer, qui est passé.",
    urls_namespace="api-v1",
    auth=DeviceToken(),
    docs_decorator=login_not_required,
)


@api.post(
    "/reads",
    response={200: ReadAnswer, 409: Problem, **PROBLEMS},
    summary="Décider d’un passage",
    operation_id="read",
)
def read(request: HttpRequest, message: ReadMessage) -> HttpResponse:
    """Decide whether the holder passes, and record it. The same nonce again gets the same answer."""
    now = timezone.now()
    device: Device = request.auth  # type: ignore[attr-defined]
    check_pace(device, now, patience())
    said = answer(device, scan(message), now, request.deadline)  # type: ignore[attr-defined]
    mark_seen(device, now)
    count(GATE_READS, said["decision"], said["reason"] or "")
    observe(GATE_SECONDS, waited(request), said["decision"])
    return as_json(said)


@api.post(
    "/reads/batch",
    response={200: BatchAnswer, **PROBLEMS},
    summary="Enregistrer des passages hors ligne",
    operation_id="batch",
)
def batch(request: HttpRequest, message: Batch) -> HttpResponse:
    """Record passages that happened while the reader was offline: flagged, never refused, one result a read."""
    now = timezone.now()
    device: Device = request.auth  # type: ignore[attr-defined]
    scans = [scan(read) for read in message.reads]
    waiting = timedelta(seconds=waited(request))
    results = answer_batch(device, _aware(message.sent_at), scans, now, waiting)
    mark_seen(device, now)
    return as_json({"results": results, "server_time": now.isoformat()})


@api.post(
    "/passages/{int:event}/confirm",
    response={200: PassageAnswer, 404: Problem, 409: Problem, **PROBLEMS},
    summary="Dire que quelqu’un est passé",
    operation_id="confirm",
)
def confirm(request: HttpRequest, event: int) -> HttpResponse:
    """Tell that somebody passed by the way that this reader opened, at most ten minutes ago. Optional."""
    return _settled(request, event, passages.CONFIRMED)


@api.post(
    "/passages/{int:event}/not_used",
    response={200: PassageAnswer, 404: Problem, 409: Problem, **PROBLEMS},
    summary="Dire que personne n’est passé",
    operation_id="not_used",
)
def not_used(request: HttpRequest, event: int) -> HttpResponse:
    """Tell that nobody passed: an entry is withdrawn. At most ten minutes after it was opened."""
    return _settled(request, event, passages.NOT_USED)


def _settled(request: HttpRequest, event: int, became: str) -> HttpResponse:
    now = timezone.now()
    with bounded(request.deadline, patience()):  # type: ignore[attr-defined]
        return as_json(passages.settle(request.auth, event, became, now))  # type: ignore[attr-defined]


@api.get(
    "/device",
    response={200: DeviceAnswer, 401: Problem, 429: Problem, 503: Problem},
    summary="L’appareil",
    operation_id="device",
)
def device(request: HttpRequest) -> HttpResponse:
    """Who the server takes this reader for, and what time it is; the reader counts as seen."""
    now = timezone.now()
    device: Device = request.auth  # type: ignore[attr-defined]
    mark_seen(device, now, at_once=True)
    names = {"name": device.name, "zone": device.zone.name, "direction": device.direction}
    return as_json({**names, "enabled": device.enabled, "server_time": now.isoformat()})


@api.get(
    "/device/list",
    response={304: None, 401: Problem, 404: Problem, 429: Problem, 503: Problem},
    summary="La liste à garder",
    operation_id="list",
    openapi_extra={
        "responses": {200: {"description": "OK", "content": {"application/x-ndjson": {"schema": {"type": "string"}}}}}
    },
)
def held_list(request: HttpRequest) -> HttpResponseBase:
    """A signed list of hashes to decide by while the line is down; 304 where `If-None-Match` has its `ETag`."""
    now = timezone.now()
    device: Device = request.auth  # type: ignore[attr-defined]
    mark_seen(device, now)
    if not settings.GATE_LIST_HOURS:
        return unknown_address(request)
    held = HeldList(device, request.headers["Authorization"].partition(" ")[2].strip(), now)
    mark = f'"{held.mark}"'
    if request.headers.get("If-None-Match") == mark:
        response: HttpResponseBase = HttpResponseNotModified()
    else:
        response = StreamingHttpResponse(held.lines(), content_type="application/x-ndjson")
    response["ETag"], response["Cache-Control"] = mark, "private, no-cache"
    return response


def scan(message: ReadMessage) -> Scan:
    credential = Credential(message.type, message.value)
    read_at = _aware(message.read_at) if message.read_at else None
    answer_by = _aware(message.answer_by) if message.answer_by else None
    return Scan(message.nonce, credential, read_at, message.direction or "", answer_by)


def _aware(moment: datetime) -> datetime:
    """A time without an offset is the firm’s."""
    return timezone.make_aware(moment) if timezone.is_naive(moment) else moment


def as_json(content: dict[str, Any], status: int = 200) -> HttpResponse:
    return JsonResponse(content, status=status, json_dumps_params={"ensure_ascii": False})


def problem(status: int, code: str, detail: str, **more: str) -> HttpResponse:
    return as_json({"detail": detail, "code": code, **more}, status)


@api.exception_handler(AuthenticationError)
def unknown_token(request: HttpRequest, error: Exception) -> HttpResponse:
    response = problem(401, "unauthorized", _("Jeton inconnu ou révoqué."))
    response["WWW-Authenticate"] = "Bearer"
    return response


@api.exception_handler(ValidationError)
def invalid(request: HttpRequest, error: ValidationError) -> HttpResponse:
    field, said = what_is_wrong(error.errors[0])
    return problem(422, "invalid", _("%(field)s : %(said)s") % {"field": field, "said": said}, field=field)


api.add_exception_handler(passages.Unsettled, lambda request, error: problem(error.status, error.code, str(error)))
api.add_exception_handler(WrongType, lambda request, error: problem(422, "type_not_served", str(error), field="type"))
api.add_exception_handler(TooLarge, lambda request, error: problem(413, "too_large", _("Message trop grand.")))
api.add_exception_handler(
    NotJson, lambda request, error: problem(415, "not_json", _("Content-Type : application/json, et rien d’autre."))
)
api.add_exception_handler(NonceReused, lambda request, error: problem(409, "nonce_reused", str(error)))
api.add_exception_handler(WrongDirection, lambda request, error: problem(422, "invalid", str(error), field="direction"))
api.add_exception_handler(
    HttpError, lambda request, error: problem(422, "invalid", _("body : ce n’est pas du JSON."), field="body")
)


@api.exception_handler(TooMany)
def too_many(request: HttpRequest, error: TooMany) -> HttpResponse:
    response = problem(429, "too_many", _("Trop de demandes : attendez avant la suivante."))
    response["Retry-After"] = str(error.seconds)
    return response


@api.exception_handler(Exception)
def broken(request: HttpRequest, error: Exception) -> HttpResponse:
    """On a 503 the reader goes on by itself, as without a network."""
    logger.error("%s %s failed", request.method, request.path, exc_info=error)
    return problem(503, "internal_error", _("Le serveur ne peut pas répondre : réessayez."))


@login_not_required
@csrf_exempt
def unknown_address(request: HttpRequest) -> HttpResponse:
    return problem(404, "not_found", _("Cette adresse n’existe pas."))


def _in_json(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:

    @login_not_required
    @wraps(view)
    def answered(request: HttpRequest, **names: Any) -> HttpResponse:
        request.deadline = Deadline(settings.GATE_ANSWER_MS / 1000 - waited(request))  # type: ignore[attr-defined]
        try:
            response = view(request, **names)
        except Http404:
            return unknown_address(request)
        if response.get("Content-Type", "").startswith(("application/json", "application/x-ndjson")):
            response["Content-Disposition"] = AS_FILE
        if response.status_code != HTTPStatus.METHOD_NOT_ALLOWED:
            return response
        refusal = problem(405, "method_not_allowed", _("Cette adresse ne se lit pas ainsi."))
        refusal["Allow"] = response["Allow"]
        return refusal

    return answered


def _open_to_readers() -> tuple[list[Any], str, str]:
    patterns, app_name, namespace = api.urls
    for pattern in patterns:
        view: Any = pattern.callback
        pattern.callback = _in_json(view)
    return [*patterns, re_path("", unknown_address, name="unknown")], app_name, namespace


urls = _open_to_readers()
