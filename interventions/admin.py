"""Interventions and their payments in Django's admin: the rules of the pages, the state shown and never typed."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from fixaloop.admin import LONGEST_SEARCH, CreatedOnce, FastAdmin
from interventions import services
from interventions.models import Intervention, InterventionPayment
from interventions.pages.forms import MONEY, WHAT, WORK, InterventionForm
from interventions.rights import SEE_MONEY
from interventions.search import matching
from interventions.states import WHEN, State

FIELDS = ("client", *WHAT, *WHEN, *WORK, *MONEY)
MOST_DELETED = 100


class InterventionAdminForm(InterventionForm):
    """The form of the pages, with the admin's own way of choosing a client and a vehicle."""

    client = None  # type: ignore[assignment]
    vehicle = None  # type: ignore[assignment]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, may_see_money="quote_amount" in self.base_fields, **kwargs)

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        # The row stays locked until the admin's transaction ends: nobody can come between this and the save.
        stored = Intervention.objects.select_for_update(of=("self",)).filter(pk=self.instance.pk).first()
        if stored and cleaned.get("version") not in (None, stored.version):
            self.add_error(None, _("Quelqu’un a modifié cette intervention entre-temps : rouvrez cette page."))
        return cleaned


@admin.register(Intervention)
class InterventionAdmin(CreatedOnce, FastAdmin):
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
    computed = ("reference", "state", "state_reason", "started_at", "finished_at", "created_at", "updated_at")

    @admin.display(description=gettext_lazy("référence"), ordering="number")
    def reference(self, intervention: Intervention) -> str:
        return intervention.reference

    def view_on_site(self, intervention: Intervention) -> str:
        return intervention.get_absolute_url()

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Intervention], search_term: str
    ) -> tuple[QuerySet[Intervention], bool]:
        if len(search_term) > LONGEST_SEARCH or "\0" in search_term:
            return queryset.none(), False
        return queryset.filter(matching(search_term)) if search_term.strip() else queryset, False

    def get_fieldsets(self, request: HttpRequest, obj: Intervention | None = None) -> Any:
        hidden = ("submission",) if obj is None else ("version",) if self.has_change_permission(request, obj) else ()
        fieldsets = [
            (None, {"fields": (*(("reference",) if obj else ()), "client", *WHAT, *hidden)}),
            (_("Qui et quand"), {"fields": WHEN}),
            (_("Le résultat"), {"fields": WORK}),
        ]
        if request.user.has_perm(SEE_MONEY):
            fieldsets.append((_("Montants"), {"fields": (*MONEY, *(("paid_amount", "balance") if obj else ()))}))
        if obj:
            fieldsets.append((_("État"), {"fields": self.computed[1:]}))
        return fieldsets

    def get_readonly_fields(self, request: HttpRequest, obj: Intervention | None = None) -> tuple[str, ...]:
        return (*self.computed, "paid_amount", "balance")

    def get_form(
        self, request: HttpRequest, obj: Intervention | None = None, change: bool = False, **kwargs: Any
    ) -> Any:
        shown = FIELDS if request.user.has_perm(SEE_MONEY) else tuple(name for name in FIELDS if name not in MONEY)
        if obj and not self.has_change_permission(request, obj):
            kwargs["form"] = forms.ModelForm
        return super().get_form(request, obj, change, **kwargs | {"fields": shown})

    def has_change_permission(self, request: HttpRequest, obj: Intervention | None = None) -> bool:
        closed = obj is not None and obj.state == State.CLOSED
        return not closed and super().has_change_permission(request, obj)

    def save_model(self, request: HttpRequest, obj: Intervention, form: Any, change: bool) -> None:
        user: Any = request.user
        if not change:
            self.create_once(request, obj, form, lambda: services.create(obj, by=user))
        elif form.has_changed():
            services.update(obj, by=user, version=form.cleaned_data["version"])

    def get_deleted_objects(self, objs: Any, request: HttpRequest) -> tuple[list[str], Any, set[str], Any]:
        """What stands in the way, as the service says it."""
        chosen = list(objs[: MOST_DELETED + 1])
        if len(chosen) > MOST_DELETED:
            return [], {}, set(), [_("Au plus %(most)d interventions à la fois.") % {"most": MOST_DELETED}]
        blocked = [f"{job} : {reason}" for job in chosen for reason in services.obstacles(job)]
        return [str(job) for job in chosen], {Intervention._meta.verbose_name_plural: len(chosen)}, set(), blocked

    def delete_model(self, request: HttpRequest, obj: Intervention) -> None:
        services.delete(obj, by=request.user)  # type: ignore[arg-type]

    @transaction.atomic
    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Intervention]) -> None:
        for intervention in queryset:
            self.delete_model(request, intervention)

    def changeform_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        try:
            return super().changeform_view(request, *args, **kwargs)
        except (services.Stale, services.Refused) as refusal:
            self.message_user(request, str(refusal) or _("Cette intervention a changé entre-temps."), messages.ERROR)
            return redirect(request.get_full_path())


@admin.register(InterventionPayment)
class InterventionPaymentAdmin(FastAdmin):
    """Payments, to look at: they are entered and taken back on the page of their intervention."""

    list_display = ("intervention", "kind", "amount", "method", "paid_on", "by")
    list_filter = ("kind", "method")
    list_select_related = ("intervention", "by")
    sortable_by = ()
    ordering = ("-pk",)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: InterventionPayment | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: InterventionPayment | None = None) -> bool:
        return False
