"""What is done to many cards at once: extended, suspended, put back in service, tagged."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.utils.formats import date_format
from django.utils.translation import gettext as _, gettext_lazy, ngettext_lazy

from access.models import AccessCard, CardStatus, Tag
from access.periods import extended
from access.services.card_batches import write_cards
from access.services.cards import check_move
from access.shared.forms import plain_input
from fixaloop.forms.fields import DayField, MonthsField, TidyForm
from fixaloop.lists.batches import Action, Kind, Step
from fixaloop.records.refusal import Refused
from fixaloop.words.dates import day_of, months_later

CHANGE = "access.change_accesscard"
MOST_MONTHS = 120


class ExtendManyForm(forms.Form):
    valid_until = DayField(label=gettext_lazy("Jusqu’au"), required=False, help_text=gettext_lazy("Ce jour compris."))
    months = MonthsField(
        label=gettext_lazy("Ou de combien de mois"),
        required=False,
        help_text=gettext_lazy("6 mois, 1 an… après le dernier jour de chaque carte, ou aujourd’hui s’il est passé."),
    )

    def clean_months(self) -> int | None:
        months: int | None = self.cleaned_data["months"]
        if months is not None and not 1 <= months <= MOST_MONTHS:
            raise ValidationError(_("De 1 à %(most)s mois.") % {"most": MOST_MONTHS})
        return months

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if not self.errors and (cleaned["valid_until"] is None) == (cleaned["months"] is None):
            self.add_error("valid_until", _("Donnez un jour ou un nombre de mois, l’un des deux."))
        return cleaned


class SuspendManyForm(TidyForm, forms.Form):
    reason = forms.CharField(
        label=gettext_lazy("Motif"),
        max_length=200,
        widget=plain_input(),
        help_text=gettext_lazy("Il s’affiche sur chaque carte et dans les événements de son client."),
    )


class TagForm(forms.Form):
    tag = forms.ModelChoiceField(Tag.objects.all(), label=gettext_lazy("Tag"))


def extend(card: AccessCard, asked: Mapping[str, Any], at: datetime) -> Step:
    if refused := _why_not_extended(card):
        return Step(refused=refused)
    last = card.final_day
    if last is None:
        return Step(_until(None))
    day = asked["valid_until"] or months_later(max(last, day_of(at)), asked["months"])
    if day < last:
        return Step(refused=_("Déjà valable plus longtemps : ce jour la raccourcirait."))
    return Step(_until(last), _until(day), extended(card, day) if day > last else {})


def _why_not_extended(card: AccessCard) -> str:
    if card.status == CardStatus.REVOKED:
        return _("Révoquée pour toujours.")
    return _("Laissez-passer d’un visiteur : il a ses heures.") if card.visitor else ""


def _until(day: date | None) -> str:
    return _("jusqu’au %(day)s") % {"day": date_format(day, "SHORT_DATE_FORMAT")} if day else _("sans fin")


def suspend(card: AccessCard, asked: Mapping[str, Any], at: datetime) -> Step:
    return _moved(card, CardStatus.SUSPENDED, asked["reason"])


def resume(card: AccessCard, asked: Mapping[str, Any], at: datetime) -> Step:
    if card.status == CardStatus.LOST:
        return Step(refused=_("Perdue : remettez-la en service depuis sa page, une fois retrouvée."))
    return _moved(card, CardStatus.ACTIVE, "")


def _moved(card: AccessCard, to: CardStatus, reason: str) -> Step:
    if card.status == to:
        return Step(card.get_status_display())
    try:
        check_move(card, to)
    except Refused as refusal:
        return Step(refused=str(refusal))
    becomes = " : ".join(filter(None, (str(to.label), reason)))
    return Step(card.get_status_display(), becomes, {"status": to.value, "status_reason": reason})


def add_tag(card: AccessCard, asked: Mapping[str, Any], at: datetime) -> Step:
    return _tagged(card, {*card.tags.all(), asked["tag"]})


def remove_tag(card: AccessCard, asked: Mapping[str, Any], at: datetime) -> Step:
    return _tagged(card, {*card.tags.all()} - {asked["tag"]})


def _tagged(card: AccessCard, tags: set[Tag]) -> Step:
    had = set(card.tags.all())
    return Step(_names(had), _names(tags), {"tags": sorted(tag.pk for tag in tags)} if tags != had else {})


def _names(tags: set[Tag]) -> str:
    return ", ".join(sorted(tag.name for tag in tags))


def _rows(cards: QuerySet[AccessCard]) -> QuerySet[AccessCard]:
    return cards.select_related("client").prefetch_related("tags")


def _detail(card: AccessCard, user: Any) -> str:
    return card.client.name if user.has_perm("clients.view_client") else ""


def _action(name: str, label: Any, icon: str, plan: Any, form: Any = forms.Form) -> Action:
    return Action(name=name, label=label, icon=icon, right=CHANGE, plan=plan, form=form)


CARDS = Kind(
    name="card",
    model=AccessCard,
    page="access:card-batches",
    home="access:cards",
    title=gettext_lazy("Cartes d’accès"),
    noun=ngettext_lazy("%(count)s carte", "%(count)s cartes", "number"),
    rows=_rows,
    detail=_detail,
    write=write_cards,
    offers=(
        _action("extend", gettext_lazy("Prolonger"), "calendar-plus", extend, ExtendManyForm),
        _action("suspend", gettext_lazy("Suspendre"), "pause", suspend, SuspendManyForm),
        _action("resume", gettext_lazy("Remettre en service"), "circle-play", resume),
        _action("add-tag", gettext_lazy("Ajouter un tag"), "tag", add_tag, TagForm),
        _action("remove-tag", gettext_lazy("Retirer un tag"), "x", remove_tag, TagForm),
    ),
)
