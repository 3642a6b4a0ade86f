"""Mending the clients that are ticked in the list of odd names and addresses; what was mended, and the way back."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import uuid4

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.text import capfirst
from django.utils.translation import gettext as _, ngettext
from django.views.decorators.http import require_POST, require_safe

from clients.lists.quality import CHANGE, field_name, hint
from clients.models import Client
from clients.reference import parse_reference
from clients.services.mending import FIELDS, Wish, label, mend, mended, restore
from clients.typed import read_client
from fixaloop.forms.parsing import parse_key
from fixaloop.forms.submissions import submit_once, token_of
from fixaloop.web.refusals import permission_required

# A page of the list has fewer boxes.
MOST_TICKED = 500
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)
mending = permission_required(("clients.view_client", CHANGE))


@dataclass(frozen=True)
class Field:
    """One value of a client as it is and as it was typed, with what is wrong. `key` is its name on the page."""

    name: str
    key: str
    label: str
    now: str
    text: str
    errors: Sequence[str]


@require_POST
@mending
def mend_ticked(request: HttpRequest) -> HttpResponse:
    clients = _ticked(request)
    if not clients:
        messages.warning(request, _("Aucun client n’est coché."))
        return redirect(_address(request, reverse("clients:quality")))
    rows = [(client, _fields(client, request.POST)) for client in clients]
    if any(field.errors for _client, fields in rows for field in fields):
        context = {
            "page_title": _("Écriture des noms et adresses"),
            "rows": [(client, fields, hint(client)) for client, fields in rows],
            "submission": uuid4(),
            "list_url": _address(request, reverse("clients:quality")),
        }
        return render(request, "clients/mend.html", context, status=422)
    wishes = {client.pk: _wish(client, fields, request.POST) for client, fields in rows}
    done = submit_once(token_of(request.POST), request.user, lambda: _mend(request, wishes), address=str)
    return redirect(_address(request, done))


def _mend(request: HttpRequest, wishes: Mapping[int, Wish]) -> str:
    at = timezone.now()
    left = mend(wishes, by=request.user, at=at)  # type: ignore[arg-type]
    for client in left:
        messages.warning(request, _("%(client)s a été modifié entre-temps : rien n’y est changé.") % {"client": client})
    return reverse("clients:mended", args=[(at - EPOCH) // MICROSECOND])


@require_safe
@mending
def done(request: HttpRequest, mark: int) -> HttpResponse:
    rows = mended(request.user, _moment(mark))  # type: ignore[arg-type]
    context = {
        "page_title": _("Fiches corrigées"),
        "rows": rows,
        "undo_url": _address(request, reverse("clients:mended-undo", args=[mark])),
        "may_restore": any(row.is_last for row in rows),
        "list_url": _address(request, reverse("clients:quality")),
    }
    return render(request, "clients/mended.html", context)


@require_POST
@mending
def undo(request: HttpRequest, mark: int) -> HttpResponse:
    count = restore(request.user, _moment(mark), at=timezone.now())  # type: ignore[arg-type]
    said = ngettext("%(count)d fiche est comme avant.", "%(count)d fiches sont comme avant.", count)
    messages.success(request, said % {"count": count})
    return redirect(_address(request, reverse("clients:quality")))


def _ticked(request: HttpRequest) -> list[Client]:
    numbers = {parse_reference(text) for text in request.POST.getlist("client")[:MOST_TICKED]} - {None}
    return list(Client.objects.filter(number__in=numbers, anonymized_at=None).order_by("sort_name", "pk"))


def _fields(client: Client, sent: Mapping[str, str]) -> list[Field]:
    stored = {name: getattr(client, name) for name in FIELDS} | {"kind": client.kind, "country": client.country_code}
    typed = {name: sent[key] for name in FIELDS if (key := field_name(client, name)) in sent}
    reading = read_client({**stored, **typed})
    return [
        Field(
            name,
            field_name(client, name),
            capfirst(label(name)),
            stored[name],
            text if name in reading.errors else reading.values.get(name, text),
            [sentence for error in reading.errors.get(name, ()) for sentence in error.messages],
        )
        for name, text in typed.items()
    ]


def _wish(client: Client, fields: Sequence[Field], sent: Mapping[str, str]) -> Wish:
    version = parse_key(sent.get(field_name(client, "version"), "")) or 0
    return Wish(version, {field.name: field.text for field in fields})


def _moment(mark: int) -> datetime:
    try:
        return EPOCH + mark * MICROSECOND
    except OverflowError as error:
        raise Http404 from error


def _address(request: HttpRequest, path: str) -> str:
    kept = request.GET.copy()
    kept.pop("page", None)
    return f"{path}?{kept.urlencode()}" if kept else path
