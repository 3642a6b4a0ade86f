"""Access in Django's admin: changed through the verbs of access.services, events never."""

from __future__ import annotations

from typing import Any, ClassVar

from django.contrib import admin, messages
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from access import services
from access.admin_forms import CardAdminForm, VehicleAdminForm, ZoneAdminForm
from access.hours import show_hours
from access.models import AccessCard, CardStatus, Device, Entry, Event, Payment, Tag, Vehicle, Zone
from access.search import cards_matching, owned_by, vehicles_matching
from access.services import client_columns
from fixaloop.admin import LONGEST_SEARCH, FastAdmin, HistoryAdmin
from fixaloop.records.refusal import Refused


class FoundAdmin(FastAdmin):
    """A list searched as its page is."""

    def found(self, query: str) -> Q:
        raise NotImplementedError

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        if len(search_term) > LONGEST_SEARCH or "\0" in search_term:
            return queryset.none(), False
        return queryset.filter(self.found(search_term)) if search_term.strip() else queryset, False


class ReadOnlyAdmin(FoundAdmin):
    """What is looked at and not touched here."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def found(self, query: str) -> Q:
        return owned_by(query)


@admin.register(Tag)
class TagAdmin(FastAdmin):
    search_fields = ("name",)


@admin.register(Zone)
class ZoneAdmin(HistoryAdmin):
    form = ZoneAdminForm
    fields = ("name", "parent", "capacity", "hours", "anti_passback")
    autocomplete_fields = ("parent",)
    history_shows: ClassVar = {"hours": show_hours}
    list_display = ("name", "parent", "capacity", "anti_passback")
    list_select_related = ("parent",)
    search_fields = ("name",)

    def save_model(self, request: HttpRequest, obj: Zone, form: Any, change: bool) -> None:
        services.save_zone(obj, by=request.user)  # type: ignore[arg-type]


@admin.register(Device)
class DeviceAdmin(HistoryAdmin):
    """Readers; a token is given by the page of the device or by `manage.py provision_device`."""

    fields = ("name", "zone", "direction", "enabled", "at_counter", "token_at", "last_seen_at")
    readonly_fields = ("token_at", "last_seen_at")
    autocomplete_fields = ("zone",)
    list_display = ("name", "zone", "direction", "enabled", "last_seen_at")
    list_filter = ("direction", "enabled")
    list_select_related = ("zone",)
    search_fields = ("name",)

    def save_model(self, request: HttpRequest, obj: Device, form: Any, change: bool) -> None:
        services.save_device(obj, by=request.user)  # type: ignore[arg-type]


@admin.register(Vehicle)
class VehicleAdmin(FoundAdmin, HistoryAdmin):
    form = VehicleAdminForm
    fields = ("client", "plate", "country", "make", "model", "year", "color", "tags", "is_active")
    autocomplete_fields = ("client", "tags")
    list_display = ("plate_display", "make", "model", "client", "is_active")
    list_filter = ("is_active",)
    list_select_related = ("client",)
    search_fields = ("search_text",)
    sortable_by = ()

    @admin.display(description=gettext_lazy("immatriculation"))
    def plate_display(self, vehicle: Vehicle) -> str:
        return vehicle.plate_display

    def found(self, query: str) -> Q:
        return vehicles_matching(query).condition

    def save_model(self, request: HttpRequest, obj: Vehicle, form: Any, change: bool) -> None:
        user: Any = request.user
        if change:
            services.update_vehicle(obj, tags=form.cleaned_data["tags"], by=user)
        else:
            services.add_vehicle(obj, tags=form.cleaned_data["tags"], by=user)

    def delete_model(self, request: HttpRequest, obj: Vehicle) -> None:
        super().delete_model(request, obj)
        client_columns.index([obj.client_id])

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Vehicle]) -> None:
        clients = list(queryset.values_list("client", flat=True))
        super().delete_queryset(request, queryset)
        client_columns.index(clients)


@admin.register(AccessCard)
class AccessCardAdmin(FoundAdmin, HistoryAdmin):
    """Cards. The value of a QR code is shown by the page that issues it, never here."""

    form = CardAdminForm
    fields = (
        "client",
        "username",
        "kind",
        "badge_number",
        "state",
        "valid_from",
        "valid_until",
        "zones",
        "hours",
        "tags",
    )
    readonly_fields = ("state",)
    history_shows: ClassVar = {"hours": show_hours}
    autocomplete_fields = ("client", "zones", "tags")
    list_display = ("username", "client", "kind", "state", "valid_from", "valid_until", "use_count")
    list_filter = ("status", "kind")
    list_select_related = ("client",)
    search_fields = ("search_text",)
    sortable_by = ()
    actions = ("activate", "suspend", "lose", "revoke")

    @admin.display(description=gettext_lazy("statut"))
    def state(self, card: AccessCard) -> str:
        if card.pk and card.state(timezone.localdate()) == "expired":
            return _("Expirée")
        return card.get_status_display()

    def found(self, query: str) -> Q:
        return cards_matching(query).condition

    def save_model(self, request: HttpRequest, obj: AccessCard, form: Any, change: bool) -> None:
        user: Any = request.user
        chosen = {"zones": form.cleaned_data["zones"], "tags": form.cleaned_data["tags"]}
        if change:
            services.update_card(obj, by=user, **chosen)
            return
        if services.issue_card(obj, by=user, **chosen).qr_value:
            message = _("La carte est émise. Son code QR se donne depuis sa fiche : « Nouveau code QR ».")
            self.message_user(request, message)

    def delete_model(self, request: HttpRequest, obj: AccessCard) -> None:
        super().delete_model(request, obj)
        client_columns.follow([obj.client_id])

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[AccessCard]) -> None:
        clients = list(queryset.values_list("client", flat=True))
        super().delete_queryset(request, queryset)
        client_columns.follow(clients)

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


@admin.register(Entry)
class EntryAdmin(ReadOnlyAdmin):
    """Stays: the gate and the counter write them."""

    list_display = ("client", "zone", "card", "vehicle", "entered_at", "exited_at", "amount_due", "payment_status")
    list_filter = ("payment_status", "zone", "estimated")
    list_select_related = ("client", "zone", "card", "vehicle")
    search_fields = ("client__search_text",)
    sortable_by = ()


@admin.register(Payment)
class PaymentAdmin(ReadOnlyAdmin):
    """Money: the page of an entry records it."""

    list_display = ("paid_on", "entry", "amount", "method", "reference", "by")
    list_filter = ("method",)
    list_select_related = ("entry__client", "by")
    search_fields = ("reference",)
    ordering = ("-pk",)
    sortable_by = ()

    def found(self, query: str) -> Q:
        return Q(reference=query.strip())


@admin.register(Event)
class EventAdmin(ReadOnlyAdmin):
    """All that happened, append-only."""

    list_display = ("at", "kind", "client", "card", "vehicle", "device", "zone", "text")
    list_filter = ("kind", "zone", "device")
    list_select_related = ("client", "card", "vehicle", "device", "zone")
    search_fields = ("client__search_text",)
    sortable_by = ()
