"""The page of a card, and what is done there: change, status, new last day, new code, badge, e-mail."""

from typing import Any
from urllib.parse import quote

from django.conf import settings
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _, gettext_lazy
from django.views.decorators.cache import never_cache

from access import services
from access.cards import mailing
from access.cards.forms import TAKEN, CardForm, CardStatusForm, ExtendForm
from access.cards.list import state_chip
from access.cards.sentence import say_worth
from access.declared.undos import CARD, STATUS
from access.events.told import story_of, tell, tell_changes
from access.gate.codes import digest, qr_text
from access.gate.opens import opens_of_card
from access.models import AccessCard, CardStatus
from access.periods import extended, read_periods
from access.services.cards import MOVES
from access.shared.pages import CLIENT, Section, form_page, keep_once, rights_of, saved, take_once
from clients.models import Client
from clients.status import explain
from fixaloop.forms.fields import sent
from fixaloop.forms.undo import tell_undoable
from fixaloop.installation.firm import firm
from fixaloop.lists.neighbours import neighbours
from fixaloop.records.bulk import plain_of

CARDS = Section(gettext_lazy("Cartes d’accès"), "access:cards", AccessCard.objects.select_related(*CLIENT))
VIEW, CHANGE = "access.view_accesscard", "access.change_accesscard"
# The statuses a card may be given, as buttons, the most frequent first.
STATUS_BUTTONS = {
    CardStatus.ACTIVE: (gettext_lazy("Remettre en service"), "circle-play"),
    CardStatus.SUSPENDED: (gettext_lazy("Suspendre"), "pause"),
    CardStatus.LOST: (gettext_lazy("Déclarer perdue"), "search-x"),
    CardStatus.REVOKED: (gettext_lazy("Révoquer"), "ban"),
}


def once_name(card: AccessCard) -> str:
    return f"card-{card.pk}"


def live_value(card: AccessCard, value: str) -> str:
    """The QR value that a page sent back, if it is still the code of this card; else empty."""
    live = card.secrets.filter(revoked_at=None, secret_hash=digest(qr_text(value)))
    return value if value and len(value) < 200 and live.exists() else ""


def card_context(request: HttpRequest, card: AccessCard, qr_value: str = "") -> dict[str, Any]:
    now = timezone.now()
    may = rights_of(
        request.user,
        change=CHANGE,
        see_client="clients.view_client",
        see_events="access.view_event",
        see_entries="access.view_entry",
        force="clients.force_status",
    )
    client_status = explain(card.client, now)
    filters = ("passages", "notes", "changes")
    story = story_of(card, "card", filters, request.user, f"card={quote(card.username)}")
    return {
        "card": card,
        "beside": neighbours(request, card),
        "worth": card.worth(now),
        "said": say_worth(card, client_status, now),
        "opens": [opens_of_card(card, now)],
        "told": tell(story, request, now) if may["see_events"] else tell_changes(story),
        "state": state_chip(card, now),
        "client_status": client_status,
        "periods": read_periods(card.periods),
        "tags": card.tags.all(),
        "moves": moves_of(card) if may["change"] else [],
        "extend_form": ExtendForm(card=card),
        "may": may,
        "qr_value": qr_value,
        "qr": mailing.qr_svg(qr_value) if qr_value else "",
        "language": Client.Language(card.client.language).label,
        "crumbs": CARDS.crumbs(card),
    }


def moves_of(card: AccessCard) -> list[dict[str, Any]]:
    return [
        {"to": to.value, "label": label, "icon": icon}
        for to, (label, icon) in STATUS_BUTTONS.items()
        if card.status in MOVES.get(to, ())
    ]


@never_cache
@CARDS.get(VIEW)
def detail(request: HttpRequest, card: AccessCard) -> HttpResponse:
    """The card; just after it was issued, with the value of its code, this once."""
    qr_value = take_once(request, once_name(card))
    return render(request, "access/card.html", card_context(request, card, qr_value))


@CARDS.get_or_post(CHANGE)
def edit(request: HttpRequest, card: AccessCard) -> HttpResponse:
    context = CARDS.editing(card)
    form = CardForm(sent(request), instance=card)
    if saved(request, form, services.update_card, linked=("zones", "tags"), taken=TAKEN):
        return redirect(card)
    return form_page(request, "access/card_form.html", form, context)


@CARDS.get_or_post(CHANGE)
def status(request: HttpRequest, card: AccessCard) -> HttpResponse:
    asked = (request.POST if request.method == "POST" else request.GET).get("to", "")
    form = CardStatusForm(sent(request), initial={"to": asked})
    code = 0
    if request.method == "POST" and form.is_valid():
        to, reason = form.cleaned_data["to"], form.cleaned_data["reason"]
        before, version = plain_of(card, STATUS), card.version
        try:
            card = services.change_card_status(card, to, reason=reason, by=request.user)  # type: ignore[arg-type]
        except services.Refused as refusal:
            form.add_error(None, str(refusal))
            code = 409
        else:
            said = _("La carte est %(status)s.") % {"status": card.get_status_display().lower()}
            if to == CardStatus.REVOKED or card.version != version + 1:
                messages.success(request, said)
            else:
                tell_undoable(request, said, CARD, card=card.pk, version=card.version, before=before)
            return redirect(card)
    moves = moves_of(card)
    move = next((move for move in moves if move["to"] == asked), None)
    title = move["label"] if move else _("Statut de la carte")
    context = {"title": title, "card": card, "move": move, "moves": moves, "crumbs": CARDS.crumbs(card, title)}
    context["cancel_url"] = card.get_absolute_url()
    return form_page(request, "access/card_status.html", form, context, code)


@CARDS.post(CHANGE)
def extend(request: HttpRequest, card: AccessCard) -> HttpResponse:
    form = ExtendForm(request.POST, card=card)
    if form.is_valid():
        new = extended(card, form.cleaned_data["valid_until"])
        before = plain_of(card, new)
        for name, value in new.items():
            setattr(card, name, value)
        try:
            services.update_card(card, by=request.user, version=form.cleaned_data["version"])  # type: ignore[arg-type]
        except services.Stale:
            form.add_error(None, _("Quelqu’un a modifié cette carte pendant ce temps : vérifiez, puis recommencez."))
            stored = CARDS.rows.get(pk=card.pk)
            form.data = {**form.data.dict(), "version": str(stored.version)}  # type: ignore[attr-defined]
            return _extend_page(request, stored, form, 409)
        except ValidationError as refusal:
            form.add_error("valid_until", refusal.messages)
        else:
            kept = {"card": card.pk, "version": card.version, "before": before}
            tell_undoable(request, _("La carte est prolongée."), CARD, **kept)
            return redirect(card)
    return _extend_page(request, card, form, 422)


def _extend_page(request: HttpRequest, card: AccessCard, form: ExtendForm, code: int) -> HttpResponse:
    return render(request, "access/card.html", card_context(request, card) | {"extend_form": form}, status=code)


@CARDS.get_or_post(CHANGE)
def reissue(request: HttpRequest, card: AccessCard) -> HttpResponse:
    if request.method != "POST":
        context = {"card": card, "crumbs": CARDS.crumbs(card, _("Nouveau code QR"))}
        return render(request, "access/card_reissue.html", context)
    try:
        issued = services.reissue_card(card, by=request.user)  # type: ignore[arg-type]
    except services.Refused as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, _("Le nouveau code est émis, l’ancien est révoqué."))
        keep_once(request, once_name(card), issued.qr_value)
    return redirect(card)


@never_cache
@CARDS.get_or_post(VIEW)
def badge(request: HttpRequest, card: AccessCard) -> HttpResponse:
    """The badge to print, with its code if the page that shows it sends it: nothing else knows it."""
    if value := live_value(card, request.POST.get("qr_value", "")):
        # Back from a look at the badge, the page of the card shows the code again.
        keep_once(request, once_name(card), value)
    return render(request, "access/badge.html", card_context(request, card, value) | {"firm": firm()})


@CARDS.post(CHANGE)
def send(request: HttpRequest, card: AccessCard) -> HttpResponse:
    value = live_value(card, request.POST.get("qr_value", ""))
    if card.kind == AccessCard.Kind.QR and not value:
        messages.error(request, _("Le code n’est plus à l’écran : émettez un nouveau code pour l’envoyer."))
        return redirect(card)
    if card.client.no_messages and "confirm" not in request.POST:
        # Left by its cancelling, the page of the card shows the code again.
        keep_once(request, once_name(card), value)
        return render(request, "access/card_send.html", {"card": card, "qr_value": value})
    send_and_tell(request, card, value, asked=True)
    keep_once(request, once_name(card), value)
    return redirect(card)


def send_and_tell(request: HttpRequest, card: AccessCard, value: str, *, asked: bool = False) -> None:
    """Send the card; who wants no messages is written to only where somebody was `asked`."""
    if not settings.MAIL_IS_SET_UP:
        messages.error(
            request, _("Rien n’est envoyé : l’e-mail n’est pas configuré. Imprimez la carte ou montrez le code.")
        )
        return
    if not card.client.email:
        messages.error(request, _("Ce client n’a pas d’adresse e-mail."))
        return
    if card.client.no_messages and not asked:
        messages.warning(
            request, _("La carte n’est pas envoyée : ce client ne veut pas de messages. Envoyez-la d’ici s’il le faut.")
        )
        return
    try:
        mailing.send_card(card, value, by=request.user)  # type: ignore[arg-type]
    except OSError:
        messages.error(request, _("L’e-mail n’a pas pu partir : vérifiez la messagerie, puis envoyez-le de nouveau."))
    else:
        messages.success(request, _("La carte est envoyée à %(email)s.") % {"email": card.client.email})
