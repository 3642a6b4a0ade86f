"""The simulator: who could enter a zone at some time, and why somebody was refused, with the facts of then.

What is typed comes by POST, since somebody may scan a card into the field; the address then holds a key. Nothing is
recorded.
"""

import re
from contextlib import suppress
from copy import copy
from dataclasses import dataclass, fields, replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any
from urllib.parse import urlencode

from django import forms
from django.contrib.auth.models import User
from django.core.exceptions import ValidationError
from django.db.models import Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _, gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from access.counter.person import choices, person_of, reasons_for
from access.counter.subject import by_key, check, credential_type, decided_then, find_subjects, key_of
from access.gate.credentials import USERNAME, Credential, Subject, cards_at
from access.gate.decision import IN, Decision, Door, decision_on, weight
from access.gate.facts import Facts
from access.gate.opening import opening_of
from access.hours import say_hours
from access.models import AccessCard, Event, Zone
from access.models.entries import SEE_MONEY
from clients.models import Client
from clients.status import active
from fixaloop.forms.parsing import parse_moment
from fixaloop.web.refusals import permission_required, require
from fixaloop.words.dates import full_moment, long_day
from fixaloop.words.money import euros

SHOWN = 50
EXAMINED = 500
NOW = timedelta(minutes=2)
_EVENT = re.compile(r"[0-9]{1,18}")
_WRITTEN = "%Y-%m-%dT%H:%M"


class SimulatorForm(forms.Form):
    """Who, where and when; without a name everybody, without a time now."""

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
        return parse_moment(self.cleaned_data["at"])


@sensitive_post_parameters("who")
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@permission_required("access.use_control")
def simulator(request: HttpRequest) -> HttpResponse:
    if "event" in request.GET:
        return _past(request)
    if request.method == "POST":
        return _asked(request)
    if "zone" not in request.GET:
        return _page(request, SimulatorForm(initial={"zone": Zone.objects.first()}), {})
    form = SimulatorForm(_query(request))
    return _page(request, form, _answer(request, form) if form.is_valid() else {})


def _query(request: HttpRequest) -> QueryDict:
    query = request.GET.copy()
    query.pop("who", None)
    return query


def _asked(request: HttpRequest) -> HttpResponse:
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
        **_decided(_simulate(subject, zone, at, now), user),
        "person": person_of(subject, user, at),
        "who": _name(subject),
    }


def _simulate(subject: Subject, zone: Zone, at: datetime, now: datetime) -> Decision:
    """The decision on a way in. At another time than now, places and presence do not count: nobody knows them."""
    door = Door(zone, IN)
    if abs(at - now) < NOW:
        return check(subject, door, at).decision
    presented = Credential(credential_type(subject), "")
    either = (decision_on(each, presented, door, at, [], 0) for each in (subject, *subject.drivers))
    return min(either, key=weight)


def _decided(decision: Decision, user: User) -> dict[str, Any]:
    return {
        "decision": decision,
        "reasons": reasons_for(user, decision.reasons),
        "facts": _facts_shown(decision.facts, with_money=user.has_perm(SEE_MONEY)),
    }


def _name(subject: Subject) -> str:
    """What the field is filled in with, to ask the same of another zone or hour; never what was scanned."""
    if subject.card is not None:
        return str(subject.card.username)
    if subject.vehicle is not None:
        return subject.vehicle.plate_display
    return subject.client.reference if subject.client is not None else ""


def _past(request: HttpRequest) -> HttpResponse:
    require(request.user, "access.view_event")
    asked = request.GET["event"]
    if not _EVENT.fullmatch(asked):
        raise Http404
    events = Event.objects.select_related("client__company", "card", "vehicle", "entry", "zone", "device", "actor")
    event = get_object_or_404(events, pk=int(asked))
    passage = None
    # An older version may have kept other facts than this one reads.
    with suppress(TypeError, ValueError, ValidationError):
        passage = decided_then(event)
    context: dict[str, Any] = {"event": event, "passage": passage}
    if passage is not None:
        key = key_of(passage.subject)
        context["again_url"] = address(event.zone, None, key) if key and event.zone is not None else ""
        context |= _decided(passage.decision, request.user)  # type: ignore[arg-type]
    initial = {"zone": event.zone_id, "who": _name(passage.subject) if passage is not None else ""}
    return _page(request, SimulatorForm(initial=initial), context)


def _page(request: HttpRequest, form: SimulatorForm, context: dict[str, Any], status: int = 200) -> HttpResponse:
    if form.is_bound:
        # Somebody may have scanned a card into the field.
        form.data = {**form.data.dict(), "who": context.get("who", "")}  # type: ignore[attr-defined]
    return render(request, "access/gate/simulator.html", {"form": form, **context}, status=status)


@dataclass(frozen=True)
class Admitted:
    """A page of the cards that would open a zone; `after` is where the next page begins, empty at the end."""

    cards: list[AccessCard]
    after: str
    closed: bool = False


def admitted(zone: Zone, at: datetime, after: str = "") -> Admitted:
    """The cards that would open a zone, by username. Looks at `EXAMINED` cards at most for one page."""
    opening = opening_of(zone, at)
    if not opening.is_open(at):
        return Admitted([], "", closed=True)
    # It is open: no need to ask again for every card.
    door = Door(copy(zone), IN, opening=replace(opening, hours=()))
    door.zone.capacity = None
    found: list[AccessCard] = []
    examined = list(_candidates(zone, at, after)[: EXAMINED + 1])
    for number, card in enumerate(examined[:EXAMINED], start=1):
        subject = Subject(card=card, client=card.client)
        if decision_on(subject, Credential(USERNAME, ""), door, at, [], 0).granted:
            found.append(card)
        if len(found) == SHOWN and number < len(examined):
            return Admitted(found, card.username_key)
    return Admitted(found, examined[EXAMINED - 1].username_key if len(examined) > EXAMINED else "")


def _candidates(zone: Zone, at: datetime, after: str) -> QuerySet[AccessCard]:
    clients = Client.objects.filter(active(at))
    opening = Q(everywhere=True) | Q(permitted=True)
    cards: Any = cards_at(zone)
    found: QuerySet[AccessCard] = cards.usable(at).filter(opening, client__in=clients)
    return found.filter(username_key__gt=after).order_by("username_key")


_LABELS: dict[str, Any] = {
    "at": gettext_lazy("Instant"),
    "direction": gettext_lazy("Sens"),
    "credential": gettext_lazy("Présenté"),
    "device_enabled": gettext_lazy("Appareil en service"),
    "known": gettext_lazy("Connu"),
    "card_status": gettext_lazy("Statut de la carte"),
    "valid_from": gettext_lazy("Valable du"),
    "valid_until": gettext_lazy("Valable au"),
    "starts_at": gettext_lazy("Valable de"),
    "ends_at": gettext_lazy("Valable jusqu’à"),
    "visits": gettext_lazy("Visites"),
    "max_visits": gettext_lazy("Visites au plus"),
    "moves_on": gettext_lazy("Déjà sur le site"),
    "client_active": gettext_lazy("Client actif"),
    "client_reason": gettext_lazy("Pourquoi"),
    "company_forced_inactive": gettext_lazy("Entreprise forcée inactive"),
    "vehicle_matches": gettext_lazy("Véhicule du client"),
    "plate_doubt": gettext_lazy("Plaque lue"),
    "zone": gettext_lazy("Zone"),
    "right": gettext_lazy("Passe par"),
    "zone_permitted": gettext_lazy("Zone permise"),
    "card_hours": gettext_lazy("Horaires de la carte"),
    "any_card_hour": gettext_lazy("Horaires de la carte sans effet"),
    "zone_hours": gettext_lazy("Ouverture de la zone"),
    "closing_reason": gettext_lazy("Motif de la fermeture"),
    "unpaid": gettext_lazy("Impayés"),
    "unpaid_limit": gettext_lazy("Limite des impayés"),
    "already_inside": gettext_lazy("Déjà dans la zone"),
    "exit_missed": gettext_lazy("Visite précédente trop longue"),
    "exit_reader_silent": gettext_lazy("Lecteur de sortie muet"),
    "anti_passback": gettext_lazy("Seconde entrée sans sortie"),
    "one_inside": gettext_lazy("Quand un autre du client est sur place"),
    "others_inside": gettext_lazy("Un autre du client sur place"),
    "occupancy": gettext_lazy("Présents dans la zone"),
    "capacity": gettext_lazy("Capacité"),
}
_WORDS: dict[str, Any] = {
    "in": gettext_lazy("entrée"),
    "out": gettext_lazy("sortie"),
    "qr": gettext_lazy("code QR"),
    "badge": gettext_lazy("badge"),
    "plate": gettext_lazy("plaque"),
    "username": gettext_lazy("carte, par son nom"),
    "client": gettext_lazy("client, par son nom"),
    "card": gettext_lazy("une carte"),
    "vehicle": gettext_lazy("le droit du véhicule"),
    "plate_approximate": gettext_lazy("approximativement"),
    "plate_other": gettext_lazy("une autre, remorque par exemple"),
    **dict(AccessCard._meta.get_field("status").choices or ()),
    **dict(Zone._meta.get_field("anti_passback").choices or ()),
}


def _facts_shown(facts: Facts, *, with_money: bool) -> list[tuple[str, str]]:
    hidden = () if with_money else ("unpaid", "unpaid_limit")
    names = [item.name for item in fields(facts) if item.name in _LABELS and item.name not in hidden]
    shown = [(name, facts.why_inactive if name == "client_reason" else getattr(facts, name)) for name in names]
    return [(str(_LABELS[name]), _said(value)) for name, value in shown if value not in (None, "", {}, ())]


def _said(value: Any) -> str:
    if isinstance(value, bool):
        return _("oui") if value else _("non")
    if isinstance(value, datetime):
        return full_moment(value)
    if isinstance(value, date):
        return long_day(value)
    if isinstance(value, Decimal):
        return euros(value)
    if isinstance(value, dict):
        return say_hours(value)
    if isinstance(value, tuple):
        return " ; ".join(map(say_hours, value))
    return str(_WORDS.get(str(value), value))
