"""Vehicles and cards: written by `access.services`."""

from typing import Any, ClassVar

from django.contrib import admin, messages
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext as _, gettext_lazy

from access import services
from access.cards.forms import CardRules
from access.cards.periods import PeriodsText
from access.hours import say_hours
from access.models import (
    AccessCard,
    CardStatus,
    Vehicle,
)
from access.periods import show_periods
from access.search import named_or_owned
from access.services import client_columns
from access.shared.forms import HoursField
from access.vehicles.forms import VehicleRules
from fixaloop.admin.versioned import AdminForm, HistoryAdmin
from fixaloop.records.refusal import Refused

RIGHTS = ("everywhere", "zones", "hours", "valid_until")


class VehicleAdminForm(VehicleRules, AdminForm):
    hours = HoursField(
        label=gettext_lazy("Horaires"), help_text=gettext_lazy("lun-ven 08:00-18:00 ; vide : à toute heure.")
    )


def _linked(form: Any) -> dict[str, Any]:
    return {name: form.cleaned_data[name] for name in ("tags", "zones")}


class CardAdminForm(CardRules, AdminForm):
    periods = PeriodsText(
        label=gettext_lazy("Autres périodes"),
        required=False,
        max_length=4_000,
        help_text=gettext_lazy("01/12/2026 08:00 – 05/12/2026 18:00 ; plusieurs séparées par |."),
    )
    hours = HoursField(
        label=gettext_lazy("Horaires"), help_text=gettext_lazy("lun-ven 08:00-18:00 ; vide : à toute heure.")
    )


@admin.register(Vehicle)
class VehicleAdmin(HistoryAdmin):
    form = VehicleAdminForm
    fields = ("client", "plate", "country", "make", "model", "year", "color", "tags", "is_active", *RIGHTS)
    autocomplete_fields = ("client", "tags", "zones")
    history_shows: ClassVar = {"hours": say_hours}
    list_display = ("plate_display", "make", "model", "client", "is_active")
    list_filter = ("is_active",)
    list_select_related = ("client",)
    search_fields = ("search_text",)
    sortable_by = ()

    @admin.display(description=gettext_lazy("immatriculation"))
    def plate_display(self, vehicle: Vehicle) -> str:
        return vehicle.plate_display

    def matching(self, query: str) -> Q:
        return named_or_owned(Vehicle, query).condition

    def create(self, row: Vehicle, form: Any, by: Any) -> Vehicle:
        return services.add_vehicle(row, **_linked(form), by=by)

    def update(self, row: Vehicle, form: Any, by: Any) -> None:
        services.update_vehicle(row, **_linked(form), by=by, version=row.version)

    def remove(self, row: Vehicle, by: Any) -> None:
        owners = {row.client_id, *row.former_plates.values_list("client", flat=True)}
        row.delete()
        client_columns.index(owners)


@admin.register(AccessCard)
class AccessCardAdmin(HistoryAdmin):
    """Cards. The page that issues a card shows the value of its QR code, never this one."""

    form = CardAdminForm
    # fmt: off
    fields = (
        "client", "username", "kind", "badge_number", "state", "valid_from", "valid_until", "periods",
        "zones", "hours", "tags",
    )
    # fmt: on
    readonly_fields = ("state",)
    history_shows: ClassVar = {"hours": say_hours, "periods": show_periods}
    autocomplete_fields = ("client", "zones", "tags")
    list_display = ("username", "client", "kind", "state", "valid_from", "valid_until", "use_count")
    list_filter = ("status", "kind")
    list_select_related = ("client",)
    search_fields = ("search_text",)
    sortable_by = ()
    actions = ("activate", "suspend", "lose", "revoke")

    @admin.display(description=gettext_lazy("statut"))
    def state(self, card: AccessCard) -> str:
        if card.pk and card.state(timezone.now()) == "expired":
            return _("Expirée")
        return card.get_status_display()

    def matching(self, query: str) -> Q:
        return named_or_owned(AccessCard, query).condition

    def create(self, row: AccessCard, form: Any, by: Any) -> AccessCard:
        return services.issue_card(row, zones=form.cleaned_data["zones"], tags=form.cleaned_data["tags"], by=by).card

    def update(self, row: AccessCard, form: Any, by: Any) -> None:
        chosen = {name: form.cleaned_data[name] for name in ("zones", "tags")}
        services.update_card(row, **chosen, by=by, version=row.version)

    def remove(self, row: AccessCard, by: Any) -> None:
        row.delete()
        client_columns.follow([row.client_id])

    def save_model(self, request: HttpRequest, obj: AccessCard, form: Any, change: bool) -> None:
        super().save_model(request, obj, form, change)
        if not change and obj.kind == AccessCard.Kind.QR:
            message = _("La carte est émise. Son code QR se donne depuis sa fiche : « Nouveau code QR ».")
            self.message_user(request, message)

    @admin.action(description=gettext_lazy("Remettre en service"), permissions=("change",))
    def activate(self, request: HttpRequest, queryset: QuerySet[AccessCard]) -> None:
        self._move(request, queryset, CardStatus.ACTIVE)

    @admin.action(description=gettext_lazy("Suspendre"), permissions=("change",))
    def suspend(self, request: HttpRequest, queryset: QuerySet[AccessCard]) -> None:
        self._move(request, queryset, CardStatus.SUSPENDED)

    @admin.action(description=gettext_lazy("Déclarer perdues"), permissions=("change",))
    def lose(self, request: HttpRequest, queryset: QuerySet[AccessCard]) -> None:
        self._move(request, queryset, CardStatus.LOST)

    @admin.action(description=gettext_lazy("Révoquer"), permissions=("change",))
    def revoke(self, request: HttpRequest, queryset: QuerySet[AccessCard]) -> None:
        self._move(request, queryset, CardStatus.REVOKED)

    def _move(self, request: HttpRequest, queryset: QuerySet[AccessCard], to: str) -> None:
        for card in queryset:
            try:
                services.change_card_status(card, to, reason=_("administration"), by=request.user)  # type: ignore[arg-type]
            except Refused as refusal:
                self.message_user(request, f"{card} : {refusal}", messages.ERROR)
