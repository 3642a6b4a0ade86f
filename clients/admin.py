"""Clients in Django's admin: the same rules as the pages, through the same verbs."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, transaction
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from clients import services
from clients.admin_form import ClientAdminForm, ClientTemplateAdminForm
from clients.extensions import extensions
from clients.lists.filters import STATUSES
from clients.models import Client, ClientTemplate, FormerReference
from clients.pages.forms import ADDRESS, CONTACT, FOLLOW_UP, IDENTITY, STATUS
from clients.presets.defaults import keep_preset, presets
from clients.presets.pages import FORCED, OwnPresetForm
from clients.reference import parse_reference
from clients.search import matching
from clients.status import active, explain, inactive
from fixaloop.admin import LONGEST_SEARCH, CreatedOnce, FastAdmin, HistoryAdmin

FIELDS = (*IDENTITY, *CONTACT, *ADDRESS, *FOLLOW_UP, *STATUS)
MOST_DELETED = 100


class StatusFilter(admin.SimpleListFilter):
    """Active or not, by the facts and the clock."""

    title = gettext_lazy("statut")
    parameter_name = "status"

    def lookups(self, request: HttpRequest, model_admin: Any) -> Iterable[tuple[str, Any]]:
        return STATUSES

    def queryset(self, request: HttpRequest, queryset: QuerySet[Client]) -> QuerySet[Client]:
        conditions = {"active": active, "inactive": inactive}
        condition = conditions.get(self.value() or "")
        return queryset.filter(condition(timezone.now())) if condition else queryset


@admin.register(Client)
class ClientAdmin(CreatedOnce, HistoryAdmin):
    """Clients, searched as on the pages; their status is computed and explained, never typed."""

    form = ClientAdminForm
    autocomplete_fields = ("company",)
    list_display = ("reference", "shown_name", "kind", "status", "company", "shown_phone", "city", "created_at")
    list_display_links = ("reference", "shown_name")
    list_filter = ("kind", StatusFilter, "language")
    sortable_by = ("reference", "shown_name", "created_at")
    search_fields = ("search_text",)
    search_help_text = gettext_lazy("Nom, e-mail, téléphone, référence, SIRET…")
    computed = ("reference", "status", "status_by", "status_at", "created_at", "updated_at")

    @admin.display(description=gettext_lazy("référence"), ordering="number")
    def reference(self, client: Client) -> str:
        return client.reference

    @admin.display(description=gettext_lazy("nom"), ordering="sort_name")
    def shown_name(self, client: Client) -> str:
        return client.name

    @admin.display(description=gettext_lazy("téléphone"))
    def shown_phone(self, client: Client) -> str:
        return client.phone_display

    @admin.display(description=gettext_lazy("statut actuel"))
    def status(self, client: Client) -> str:
        status = explain(client, timezone.now())
        return f"{status.label} — {status.reason}"

    def view_on_site(self, client: Client) -> str:
        return client.get_absolute_url()

    def detailed(self, rows: QuerySet[Client]) -> QuerySet[Client]:
        page = Client.objects.filter(pk__in=rows.values("pk")).order_by(*rows.query.order_by)
        return page.select_related("company")

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Client], search_term: str
    ) -> tuple[QuerySet[Client], bool]:
        if len(search_term) > LONGEST_SEARCH or "\0" in search_term:
            return queryset.none(), False
        return queryset.filter(matching(search_term)) if search_term.strip() else queryset, False

    def get_fieldsets(self, request: HttpRequest, obj: Client | None = None) -> Any:
        if self._is_past(request):
            return [(None, {"fields": FIELDS})]
        technical = ("version",) if obj else ("version", "submission")
        hidden = technical if obj is None or self.has_change_permission(request, obj) else ()
        confirm = ("confirm_duplicate",) if hidden else ()
        fieldsets = [
            (None, {"fields": (("reference",) if obj else ()) + IDENTITY + confirm + hidden}),
            (_("Coordonnées"), {"fields": CONTACT + ADDRESS}),
            (_("Suivi"), {"fields": FOLLOW_UP}),
        ]
        if obj:
            fieldsets.append((_("Statut"), {"fields": ("status", *STATUS, "status_by", "status_at")}))
            fieldsets.append((_("Dates"), {"fields": ("created_at", "updated_at")}))
        elif request.user.has_perm("clients.force_status"):
            fieldsets.append((_("Statut"), {"fields": STATUS}))
        return fieldsets

    def get_readonly_fields(self, request: HttpRequest, obj: Client | None = None) -> tuple[str, ...]:
        if self._only_shown(request, obj):
            return (*FIELDS, *self.computed)
        return self.computed if request.user.has_perm("clients.force_status") else (*STATUS, *self.computed)

    def get_form(self, request: HttpRequest, obj: Client | None = None, change: bool = False, **kwargs: Any) -> Any:
        if self._only_shown(request, obj):
            kwargs["form"] = forms.ModelForm
        return super().get_form(request, obj, change, **kwargs | {"fields": FIELDS})

    def has_change_permission(self, request: HttpRequest, obj: Client | None = None) -> bool:
        return super().has_change_permission(request, obj) and not (obj and obj.anonymized_at)

    def _only_shown(self, request: HttpRequest, obj: Client | None) -> bool:
        return obj is not None and (self._is_past(request) or not self.has_change_permission(request, obj))

    @staticmethod
    def _is_past(request: HttpRequest) -> bool:
        """Whether the page shows how a client was, which the library would let even a reader put back."""
        match = request.resolver_match
        return match is not None and match.url_name == "clients_client_simple_history"

    def history_form_view(
        self, request: HttpRequest, object_id: str, version_id: str, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        if request.method == "POST":
            raise PermissionDenied
        return super().history_form_view(request, object_id, version_id, extra_context)

    def changeform_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        try:
            return super().changeform_view(request, *args, **kwargs)
        except IntegrityError:
            # Somebody saved the same e-mail in between: read again, the form says so beside its field.
            return super().changeform_view(request, *args, **kwargs)

    def save_model(self, request: HttpRequest, obj: Client, form: Any, change: bool) -> None:
        user: Any = request.user
        if change:
            if form.has_changed():
                services.update_client(obj, by=user, version=form.cleaned_data["version"])
            return
        self.create_once(request, obj, form, lambda: services.create_client(obj, by=user))

    def get_deleted_objects(self, objs: Any, request: HttpRequest) -> tuple[list[str], Any, set[str], Any]:
        """What stands in the way, as the service says it; the admin's own way would load every row below."""
        chosen = list(objs[: MOST_DELETED + 1])
        if len(chosen) > MOST_DELETED:
            return [], {}, set(), [_("Au plus %(most)d clients à la fois.") % {"most": MOST_DELETED}]
        blocked = [f"{client} : {reason}" for client in chosen for reason in services.obstacles(client)]
        return [str(client) for client in chosen], {Client._meta.verbose_name_plural: len(chosen)}, set(), blocked

    def delete_model(self, request: HttpRequest, obj: Client) -> None:
        services.delete_client(obj, by=request.user)  # type: ignore[arg-type]

    @transaction.atomic
    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Client]) -> None:
        for client in queryset:
            self.delete_model(request, client)

    def delete_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        return self._or_refusal(request, lambda: super(ClientAdmin, self).delete_view(request, *args, **kwargs))

    def changelist_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        return self._or_refusal(request, lambda: super(ClientAdmin, self).changelist_view(request, *args, **kwargs))

    def _or_refusal(self, request: HttpRequest, view: Callable[[], HttpResponse]) -> HttpResponse:
        try:
            return view()
        except services.Refused as refusal:
            self.message_user(request, str(refusal), messages.ERROR)
            return redirect(request.get_full_path())


def _preset_columns() -> tuple[Callable[[ClientTemplate], Any], ...]:
    return tuple(column for extension in extensions() for column in extension.preset_columns)


@admin.register(ClientTemplate)
class ClientTemplateAdmin(FastAdmin):
    """Models for similar clients, with the card of those made from them."""

    form = ClientTemplateAdminForm
    autocomplete_fields = ("company",)
    list_display = ("name", "kind", "company", "city", "status_mode")
    list_filter = ("kind",)
    sortable_by = ()
    search_fields = ("name",)

    def get_list_display(self, request: HttpRequest) -> Any:
        return (*self.list_display, *_preset_columns())

    def get_fields(self, request: HttpRequest, obj: ClientTemplate | None = None) -> Any:
        if obj is None or self.has_change_permission(request, obj):
            return super().get_fields(request, obj)
        # The admin shows to readers what it finds on the model; the fields of other apps are shown by their columns.
        return (*OwnPresetForm.base_fields, *_preset_columns())

    def detailed(self, rows: QuerySet[ClientTemplate]) -> QuerySet[ClientTemplate]:
        return presets(rows)

    def get_readonly_fields(self, request: HttpRequest, obj: ClientTemplate | None = None) -> tuple[str, ...]:
        return () if request.user.has_perm("clients.force_status") else FORCED

    @transaction.atomic
    def save_model(self, request: HttpRequest, obj: ClientTemplate, form: Any, change: bool) -> None:
        super().save_model(request, obj, form, change)
        keep_preset(obj, form.cleaned_data)


@admin.register(FormerReference)
class FormerReferenceAdmin(FastAdmin):
    """References of clients that were merged into another; only merging writes them."""

    list_display = ("__str__", "client")
    list_select_related = ("client",)
    ordering = ("number",)
    search_fields = ("number",)

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[FormerReference], search_term: str
    ) -> tuple[QuerySet[FormerReference], bool]:
        if not search_term.strip():
            return queryset, False
        number = parse_reference(search_term) or parse_reference(f"clt {search_term}")
        return queryset.filter(number=number) if number else queryset.none(), False

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: FormerReference | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: FormerReference | None = None) -> bool:
        return False
