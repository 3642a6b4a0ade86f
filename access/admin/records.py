"""What happened, which nobody changes here."""

from django.contrib import admin
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy

from access.events.words import hidden_from, words_of
from access.models import (
    Entry,
    Event,
    Payment,
    RollCall,
)
from access.search import events_matching, owned_by
from fixaloop.admin.versioned import ReadOnlyAdmin


@admin.register(Entry)
class EntryAdmin(ReadOnlyAdmin):
    list_display = (
        "client",
        "zone",
        "card",
        "vehicle",
        "entered_at",
        "exited_at",
        "voided_at",
        "amount_due",
        "payment_status",
    )
    list_filter = ("payment_status", "zone", "estimated")
    list_select_related = ("client", "zone", "card", "vehicle")
    search_fields = ("client__search_text",)
    sortable_by = ()

    def matching(self, query: str) -> Q:
        return owned_by(query)


@admin.register(Payment)
class PaymentAdmin(ReadOnlyAdmin):
    """Payments of entries, which nobody changes or deletes; the page of an entry records them."""

    # fmt: off
    fields = (
        "number", "entry", "amount", "kind", "method", "paid_on", "reference", "note", "opposite_of", "by",
        "created_at",
    )
    # fmt: on
    list_display = ("number", "paid_on", "entry", "kind", "amount", "method", "reference", "by")
    list_filter = ("kind", "method")
    list_select_related = ("entry__client", "by", "words")
    search_fields = ("words__reference",)
    ordering = ("-number",)
    sortable_by = ()

    def matching(self, query: str) -> Q:
        return Q(words__reference=query.strip())


@admin.register(RollCall)
class RollCallAdmin(ReadOnlyAdmin):
    """Roll calls of evacuations; who was seen safe stands on their own pages."""

    list_display = ("started_at", "started_by", "ended_at", "ended_by", "note")
    list_select_related = ("started_by", "ended_by")
    sortable_by = ()


@admin.register(Event)
class EventAdmin(ReadOnlyAdmin):
    list_display = ("at", "kind", "client", "card", "vehicle", "device", "zone", "words")
    list_filter = ("kind", "zone", "device")
    list_select_related = ("client", "card", "vehicle", "device", "zone")
    search_fields = ("client__search_text",)
    sortable_by = ()

    @admin.display(description=gettext_lazy("texte"))
    def words(self, event: Event) -> str:
        return words_of(event)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Event]:
        return super().get_queryset(request).exclude(hidden_from(request.user))

    def matching(self, query: str) -> Q:
        return events_matching(query)
