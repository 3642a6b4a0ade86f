"""The simulator: « qui pourrait entrer zone B dimanche à 06:00 ? » and « pourquoi ce refus, avec les faits d’alors ? ».

What is typed is sent by POST, for somebody may scan a card into the field; the address then holds a key and no value.
"""

from __future__ import annotations

import re
from contextlib import suppress
from dataclasses import replace
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from django import forms
from django.contrib.auth.decorators import permission_required
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from access.counter.person import choices, person_of, reasons_for
from access.counter.simulation import admitted, facts_shown, simulate
from access.counter.subject import by_key, find_subjects, key_of, told
from access.entries.filters import SEE_MONEY
from access.gate.credentials import Subject
from access.gate.decision import Decision
from access.models import Event, Zone
from fixaloop.forms.parsing import parse_moment

_EVENT = re.compile(r"[0-9]{1,18}")
_WRITTEN = "%Y-%m-%dT%H:%M"


class SimulatorForm(forms.Form):
    """Who, where, when; nobody is everybody, no instant is now."""

    who = forms.CharField(
        label=gettext_lazy("Qui"),
        required=False,
        max_length=512,
        strip=True,
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
        help_text=gettext_lazy("Carte, plaque, nom ou référence. Vide : tous ceux qui pourraient entrer."),
    )
    zone = forms.ModelChoiceField(label=gettext_lazy("Zone"), queryset=Zone.objects.all(), empty_label=None)
    at = forms.CharField(
        label=gettext_lazy("Quand"),
        required=False,
        max_length=40,
        widget=forms.TextInput(attrs={"type": "datetime-local"}),
        help_text=gettext_lazy("Vide : maintenant."),
    )

    def clean_at(self) -> datetime | None:
        """The instant. Raises ValidationError where it is none."""
        return parse_moment(self.cleaned_data["at"])


@sensitive_post_parameters("who")
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@permission_required("access.use_control", raise_exception=True)
def simulator(request: HttpRequest) -> HttpResponse:
    """The form, and the answer to what the address asks."""
    if "event" in request.GET:
        return _past(request)
    if request.method == "POST":
        return _asked(request)
    if "zone" not in request.GET:
        return _page(request, SimulatorForm(initial={"zone": Zone.objects.first()}), {})
    form = SimulatorForm(_query(request))
    return _page(request, form, _answer(request, form) if form.is_valid() else {})


def _query(request: HttpRequest) -> QueryDict:
    """The address without a name: one that somebody wrote there himself is not shown again."""
    query = request.GET.copy()
    query.pop("who", None)
    return query


def _asked(request: HttpRequest) -> HttpResponse:
    """From what was typed to the address that asks it."""
    form = SimulatorForm(request.POST)
    if not form.is_valid():
        return _page(request, form, {}, 422)
    zone, at = form.cleaned_data["zone"], form.cleaned_data["at"]
    if not form.cleaned_data["who"]:
        return redirect(address(zone, at))
    found = find_subjects(form.cleaned_data["who"], zone, timezone.now())
    if len(found) == 1:
        return redirect(address(zone, at, key_of(found[0])))
    if found:
        links = [(choice, address(zone, at, choice.key)) for choice in choices(found, timezone.now())]
        return _page(request, form, {"choices": links})
    form.add_error("who", _("Cette carte, cette plaque ou ce nom ne sont à personne."))
    return _page(request, form, {}, 422)


def address(zone: Zone, at: datetime | None, subject: str = "", after: str = "") -> str:
    """The page of an answer, to reload or to share."""
    when = timezone.localtime(at).strftime(_WRITTEN) if at else ""
    asked = {"subject": subject, "zone": zone.pk, "at": when, "after": after}
    return f"{reverse('access:simulator')}?{urlencode({name: value for name, value in asked.items() if value})}"


def _answer(request: HttpRequest, form: SimulatorForm) -> dict[str, Any]:
    user: Any = request.user
    now, zone, asked = timezone.now(), form.cleaned_data["zone"], form.cleaned_data["at"]
    at = asked or now
    context = {"zone": zone, "at": at, "hypothetical": asked is not None}
    key = request.GET.get("subject", "")
    if not key:
        page = admitted(zone, at, request.GET.get("after", "")[:128].replace("\0", ""))
        more = address(zone, asked, after=page.after) if page.after else ""
        return context | {"admitted": page, "more_url": more, "may_see": user.has_perm("clients.view_client")}
    subject = by_key(key, zone, now)
    if subject is None:
        return context | {"gone": True}
    return context | {
        **_decided(simulate(subject, zone, at, now), user),
        "person": person_of(subject, user, at),
        "who": _name(subject),
    }


def _decided(decision: Decision, user: User) -> dict[str, Any]:
    """A decision and its facts as this person may read them."""
    return {
        "decision": replace(decision, reasons=reasons_for(user, decision.reasons)),
        "facts": facts_shown(decision.facts, with_money=user.has_perm(SEE_MONEY)),
    }


def _name(subject: Subject) -> str:
    """What the field is filled with, to ask the same of another zone or hour; never what was scanned."""
    if subject.card is not None:
        return str(subject.card.username)
    if subject.vehicle is not None:
        return subject.vehicle.plate_display
    return subject.client.reference if subject.client is not None else ""


def _past(request: HttpRequest) -> HttpResponse:
    """Why somebody was refused, or let through: the facts kept with the event, decided again."""
    if not request.user.has_perm("access.view_event"):
        raise PermissionDenied
    asked = request.GET["event"]
    if not _EVENT.fullmatch(asked):
        raise Http404
    events = Event.objects.select_related("client__company", "card", "vehicle", "entry", "zone", "device", "actor")
    event = get_object_or_404(events, pk=int(asked))
    passage = None
    # The facts of an older version may be more, fewer or other than ours.
    with suppress(TypeError, ValueError, ValidationError):
        passage = told(event)
    context: dict[str, Any] = {"event": event, "passage": passage}
    if passage is not None:
        context |= _then_and_now(passage.subject, event)
        context |= _decided(passage.decision, request.user)  # type: ignore[arg-type]
    initial = {"zone": event.zone_id, "who": _name(passage.subject) if passage is not None else ""}
    return _page(request, SimulatorForm(initial=initial), context)


def _then_and_now(subject: Subject, event: Event) -> dict[str, Any]:
    """The address that asks the same of today."""
    key = key_of(subject)
    return {"again_url": address(event.zone, None, key)} if key and event.zone is not None else {}


def _page(request: HttpRequest, form: SimulatorForm, context: dict[str, Any], status: int = 200) -> HttpResponse:
    if form.is_bound:
        # Somebody may have scanned a card into it.
        form.data = {**form.data.dict(), "who": context.get("who", "")}  # type: ignore[attr-defined]
    return render(request, "access/gate/simulator.html", {"form": form, **context}, status=status)
