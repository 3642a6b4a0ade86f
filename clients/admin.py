"""Clients in Django's admin: the same rules as the pages, through the same services."""

from collections.abc import Callable, Iterable, Sequence
from typing import Any

from django.contrib import admin, messages
from django.db import transaction
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext as _, gettext_lazy

from clients import services
from clients.extensions import extensions
from clients.lists.filters import STATUSES
from clients.models import Client, ClientTemplate, FormerReference
from clients.pages.forms import ADDRESS, CONTACT, FOLLOW_UP, IDENTITY, STATUS, ClientForm
from clients.pages.presets import FORCED, ClientTemplateForm, OwnPresetForm, keep_preset, presets
from clients.reference import parse_reference
from clients.search import matching
from clients.status import active, explain, inactive
from clients.typed import STILL_NO_EMAIL, lacks_email
from fixaloop.admin.versioned import AdminForm, HistoryAdmin, ReadOnlyAdmin, VersionedAdmin

FIELDS = (*IDENTITY, *CONTACT, *ADDRESS, *FOLLOW_UP, *STATUS)


class ClientAdminForm(AdminForm, ClientForm):
    """The form of the pages, with the admin's own way of choosing a company."""

    stale = gettext_lazy(
        "Ce client a été modifié par quelqu’un d’autre depuis l’ouverture de cette page : rouvrez-la pour"
        " voir ce qui a changé, puis refaites vos modifications."
    )
    company = None  # type: ignore[assignment]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, may_force="status_mode" in self.base_fields, **kwargs)
        if "other_contacts" in self.fields:
            self.fields["other_contacts"].widget.arranged = False


class ClientTemplateAdminForm(AdminForm, ClientTemplateForm):
    """The form of presets, with the admin's own way of choosing a company."""

    company = None

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, may_force="status_mode" in self.base_fields, **kwargs)


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
class ClientAdmin(HistoryAdmin):
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
    too_many = gettext_lazy("Au plus %(most)d clients à la fois.")

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

    def matching(self, query: str) -> Q:
        return matching(query)

    def get_fieldsets(self, request: HttpRequest, obj: Client | None = None) -> Any:
        if self._is_past(request):
            return [(None, {"fields": FIELDS})]
        confirm = ("confirm_duplicate",) if obj is None or self.has_change_permission(request, obj) else ()
        fieldsets = [
            (None, {"fields": (("reference",) if obj else ()) + IDENTITY + confirm}),
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
        if self._is_past(request):
            return FIELDS
        return self.computed if request.user.has_perm("clients.force_status") else (*STATUS, *self.computed)

    def has_change_permission(self, request: HttpRequest, obj: Client | None = None) -> bool:
        shown_only = self._is_past(request) or (obj and obj.anonymized_at)
        return not shown_only and super().has_change_permission(request, obj)

    @staticmethod
    def _is_past(request: HttpRequest) -> bool:
        match = request.resolver_match
        return match is not None and match.url_name == "clients_client_simple_history"

    def create(self, row: Client, form: Any, by: Any) -> Client:
        return services.create_client(row, by=by)

    def update(self, row: Client, form: Any, by: Any) -> None:
        services.update_client(row, by=by, version=row.version)

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        super().save_model(request, obj, form, change)
        if lacks_email(obj):
            messages.warning(request, STILL_NO_EMAIL)

    def obstacles(self, row: Client) -> Sequence[str]:
        return services.obstacles(row)

    def remove(self, row: Client, by: Any) -> None:
        services.delete_client(row, by=by)


def _preset_columns() -> tuple[Callable[[ClientTemplate], Any], ...]:
    return tuple(column for extension in extensions() for column in extension.preset_columns)


@admin.register(ClientTemplate)
class ClientTemplateAdmin(VersionedAdmin):
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
class FormerReferenceAdmin(ReadOnlyAdmin):
    """References of clients that were merged into another."""

    list_display = ("__str__", "client")
    list_select_related = ("client",)
    ordering = ("number",)
    search_fields = ("number",)

    def matching(self, query: str) -> Q:
        number = parse_reference(query) or parse_reference(f"clt {query}")
        return Q(number=number) if number else Q(pk__in=())
