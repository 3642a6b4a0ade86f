"""A visitor’s pass: a printed code or a badge for somebody without an e-mail, to the minute and so many times."""

import secrets
from datetime import timedelta
from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _, gettext_lazy

from access import services
from access.cards.columns import MOST_VISITS
from access.cards.forms import TAKEN
from access.cards.issuing import ADD, remarks
from access.cards.pages import CARDS, once_name
from access.models import AccessCard, CardStatus, Zone
from access.models.cards import days_of_pass
from access.shared.forms import SeveralField, already_used, plain_input
from access.shared.pages import created, form_page, keep_once
from access.typed import parse_badge
from clients.models import Client
from clients.pages.picker import ClientField
from clients.reference import parse_reference
from fixaloop.forms.fields import MomentField, TidyForm, sent
from fixaloop.forms.submissions import SubmissionField, already_created

USUAL = timedelta(hours=4)


class VisitorForm(TidyForm, forms.Form):
    client = ClientField(label=gettext_lazy("Client qui reçoit"))
    visitor = forms.CharField(label=gettext_lazy("Visiteur"), max_length=80, widget=plain_input())
    starts_at = MomentField(label=gettext_lazy("Valable de"))
    ends_at = MomentField(label=gettext_lazy("Valable jusqu’à"))
    max_visits = forms.IntegerField(
        label=gettext_lazy("Combien de visites"),
        required=False,
        min_value=1,
        max_value=MOST_VISITS,
        help_text=gettext_lazy("1 : une seule fois. Vide : autant qu’il veut jusqu’à la fin."),
    )
    badge_number = forms.CharField(
        label=gettext_lazy("Numéro de badge"),
        required=False,
        max_length=200,
        widget=plain_input(),
        help_text=gettext_lazy("Celui d’un badge prêté. Vide : un code QR à imprimer."),
    )
    zones = SeveralField(Zone, label=gettext_lazy("Zones"), help_text=gettext_lazy("Celles où le visiteur peut aller."))
    submission = SubmissionField()

    def clean_client(self) -> Client:
        client: Client = self.cleaned_data["client"]
        if client.anonymized_at:
            raise ValidationError(_("Ce client est anonymisé : il ne reçoit plus personne."))
        return client

    def clean_badge_number(self) -> str:
        number = parse_badge(self.cleaned_data["badge_number"]).value
        cards = AccessCard.objects.filter(badge_number=number).exclude(status=CardStatus.REVOKED)
        if number and (other := cards.select_related("client").first()):
            raise already_used(other, _("est déjà une carte de"))
        return number

    def clean_zones(self) -> Any:
        """A client’s card opens every zone where none is chosen; a visitor’s pass must not."""
        zones = self.cleaned_data["zones"]
        if not zones and Zone.objects.exists():
            raise ValidationError(_("Cochez au moins une zone où le visiteur peut aller."))
        return zones

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        start, end = cleaned.get("starts_at"), cleaned.get("ends_at")
        if start and end and end <= start:
            self.add_error("ends_at", _("La fin est après le début."))
        elif end and end <= timezone.now():
            self.add_error("ends_at", _("Cette heure est déjà passée."))
        return cleaned

    def card(self) -> AccessCard:
        values = {name: self.cleaned_data[name] for name in ("client", "visitor", "starts_at", "ends_at", "max_visits")}
        number = self.cleaned_data["badge_number"]
        return AccessCard(
            username=f"visite-{secrets.token_hex(4)}",
            kind=AccessCard.Kind.BADGE if number else AccessCard.Kind.QR,
            badge_number=number,
            **days_of_pass(values["starts_at"], values["ends_at"]),
            **values,
        )


@CARDS.get_or_post(ADD)
def create(request: HttpRequest) -> HttpResponse:
    if url := already_created(request.POST):
        return redirect(url)
    at = timezone.now()
    number = parse_reference(request.GET.get("client", ""))
    client = Client.objects.select_related("company").filter(number=number).first() if number else None
    form = VisitorForm(sent(request), initial=_initial(client, at))
    if url := created(request, form, lambda: _issue(request, form), refused_field="client", taken=TAKEN):
        return redirect(url)
    context = CARDS.new(_("Laissez-passer d’un visiteur"), _("Émettre le laissez-passer"))
    return form_page(request, "access/form.html", form, context)


def _initial(client: Client | None, at: Any) -> dict[str, Any]:
    start = timezone.localtime(at)
    return {
        "client": client.reference if client else "",
        "starts_at": start,
        "ends_at": start + USUAL,
        "max_visits": 1,
    }


def _issue(request: HttpRequest, form: VisitorForm) -> AccessCard:
    issued = services.issue_card(form.card(), zones=form.cleaned_data["zones"], by=request.user)  # type: ignore[arg-type]
    messages.success(request, _("Le laissez-passer est émis : imprimez-le."))
    for remark in remarks(issued.card.client, issued.card.valid_until, timezone.now()):
        if not remark.url.endswith("edit/"):
            messages.warning(request, remark.text)
    keep_once(request, once_name(issued.card), issued.qr_value)
    return issued.card
