"""Interventions and their payments in Django's admin: the rules of the pages, the state shown and never typed."""

from collections.abc import Sequence
from typing import Any

from django.contrib import admin
from django.db.models import Q
from django.http import HttpRequest
from django.utils.translation import gettext as _, gettext_lazy

from fixaloop.admin.versioned import AdminForm, ReadOnlyAdmin, VersionedAdmin
from interventions import services
from interventions.models import Absence, Intervention, InterventionPayment
from interventions.pages.forms import MONEY, PLAN, WHAT, WORK, InterventionForm
from interventions.rights import SEE_MONEY
from interventions.search import matching
from interventions.states import State


class InterventionAdminForm(AdminForm, InterventionForm):
    """The form of the pages, with the admin's own way of choosing a client and a vehicle."""

    stale = gettext_lazy("Quelqu’un a modifié cette intervention entre-temps : rouvrez cette page.")
    client = None  # type: ignore[assignment]
    vehicle = None  # type: ignore[assignment]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, may_see_money="quote_amount" in self.base_fields, **kwargs)


@admin.register(Intervention)
class InterventionAdmin(VersionedAdmin):
    """Interventions, searched as on the pages; transitions and payments are made on their own page."""

    form = InterventionAdminForm
    autocomplete_fields = ("client", "vehicle")
    list_display = ("reference", "title", "state", "client", "technician", "planned_start", "created_at")
    list_display_links = ("reference", "title")
    list_filter = ("state", "place")
    list_select_related = ("client", "technician")
    sortable_by = ("reference", "created_at")
    search_fields = ("search_text",)
    search_help_text = gettext_lazy("Objet, appareil, plaque, client, référence…")
    too_many = gettext_lazy("Au plus %(most)d interventions à la fois.")
    computed = (
        *("state", "state_reason", "started_at", "finished_at", "waiting_since", "waited", "reopened_at"),
        *("created_at", "updated_at"),
    )
    readonly_fields = ("reference", *computed, "paid_amount", "balance")

    @admin.display(description=gettext_lazy("référence"), ordering="number")
    def reference(self, intervention: Intervention) -> str:
        return intervention.reference

    def view_on_site(self, intervention: Intervention) -> str:
        return intervention.get_absolute_url()

    def matching(self, query: str) -> Q:
        return matching(query)

    def get_fieldsets(self, request: HttpRequest, obj: Intervention | None = None) -> Any:
        fieldsets: list[Any] = [
            (None, {"fields": (*(("reference",) if obj else ()), "client", *WHAT)}),
            (_("Qui et quand"), {"fields": PLAN}),
            (_("Le résultat"), {"fields": WORK}),
        ]
        if request.user.has_perm(SEE_MONEY):
            cancelled = obj is not None and obj.state == State.CANCELLED
            typed = [name for name in MONEY if cancelled or name != "cancellation_fee"]
            fieldsets.append((_("Montants"), {"fields": (*typed, *(("paid_amount", "balance") if obj else ()))}))
        if obj:
            about = _(
                "Les étapes et les heures réelles se donnent et se corrigent sur la fiche : « Voir sur le site »."
            )
            fieldsets.append((_("État"), {"fields": self.computed, "description": about}))
        return fieldsets

    def has_change_permission(self, request: HttpRequest, obj: Intervention | None = None) -> bool:
        closed = obj is not None and obj.state == State.CLOSED
        return not closed and super().has_change_permission(request, obj)

    def create(self, row: Intervention, form: Any, by: Any) -> Intervention:
        return services.create(row, by=by)

    def update(self, row: Intervention, form: Any, by: Any) -> None:
        services.update(row, by=by, version=row.version)

    def obstacles(self, row: Intervention) -> Sequence[str]:
        return services.obstacles(row)

    def remove(self, row: Intervention, by: Any) -> None:
        services.delete(row, by=by)


@admin.register(InterventionPayment)
class InterventionPaymentAdmin(ReadOnlyAdmin):
    """Payments, which nobody changes or deletes; the page of their intervention records them."""

    fields = (
        "number",
        "intervention",
        "amount",
        "kind",
        "method",
        "paid_on",
        "note",
        "opposite_of",
        "by",
        "created_at",
    )
    list_display = ("number", "intervention", "kind", "amount", "method", "paid_on", "by")
    list_filter = ("kind", "method")
    list_select_related = ("intervention", "by")
    sortable_by = ()
    ordering = ("-number",)


@admin.register(Absence)
class AbsenceAdmin(ReadOnlyAdmin):
    """Absences; their own page keeps and removes them."""

    list_display = ("technician", "starts_at", "ends_at", "kind", "note")
    list_filter = ("kind",)
    list_select_related = ("technician",)
    sortable_by = ()
    ordering = ("-ends_at", "-pk")
