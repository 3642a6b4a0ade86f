"""Names and addresses in usual case, proposed beside the fields of a client: one click takes one."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.forms import BaseForm
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import render
from django.utils.text import capfirst
from django.views.decorators.http import require_POST

from clients.models import Client
from clients.pages.contacts import as_typed
from clients.services.mending import FIELDS, label
from clients.values.usual import ADDRESS, NAMES, usual_case
from fixaloop.records.history import FieldChange
from fixaloop.web.refusals import permission_required

# The button that takes a proposal, and sends the form only to be shown again.
BUTTON = "usual"
PARTS: Mapping[str, Sequence[str]] = {"names": NAMES, "address": ADDRESS}


@require_POST
@permission_required("clients.view_client")
def usual(request: HttpRequest) -> HttpResponse:
    """What is proposed for one part of a form while somebody types. POST, because what is typed is personal data."""
    part = request.POST.get("part", "")
    found = _proposed({name: request.POST.get(name, "") for name in FIELDS}, PARTS.get(part, ()))
    return render(request, "clients/_usual.html", {"proposals": found})


def proposals_beside(form: BaseForm) -> dict[str, list[FieldChange]]:
    typed = {name: str(form[name].value() or "") for name in FIELDS}
    return {part: _proposed(typed, names) for part, names in PARTS.items()}


def proposals_for(client: Client) -> list[FieldChange]:
    return _proposed({name: getattr(client, name) for name in FIELDS}, FIELDS)


def is_taking(sent: QueryDict) -> bool:
    return BUTTON in sent


def taken(sent: QueryDict) -> dict[str, Any]:
    """What was typed, with the proposal whose button was pressed."""
    typed, name = as_typed(sent), str(sent[BUTTON])
    return typed | ({name: text} if (text := usual_case(typed).get(name)) else {})


def _proposed(typed: Mapping[str, str], names: Sequence[str]) -> list[FieldChange]:
    found = usual_case(typed)
    return [FieldChange(name, capfirst(label(name)), typed[name], found[name]) for name in names if name in found]
