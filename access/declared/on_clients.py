"""What access adds to a client."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

from django.contrib.auth.models import AbstractBaseUser
from django.db.models import Count, DateTimeField, Max, OuterRef, Q, QuerySet, Subquery
from django.db.models.expressions import Combinable
from django.db.models.functions import Cast
from django.http import HttpRequest
from django.urls import reverse
from django.utils.formats import number_format
from django.utils.html import format_html
from django.utils.translation import gettext as _, gettext_lazy, ngettext

from access.client import page, presets, privacy
from access.client.list import SEE_CARDS, SEE_ENTRIES, StandingFilter, card_cell, visit_cell
from access.client.overview import overview
from access.client.worth import add_worth, cards_worth, worth_of_cards
from access.models import CardDefaults, Entry, Event, Payment
from access.notices.letters import remove_letters
from access.services import person_numbers
from access.services.retention import PASSAGES, forget_words
from access.services.vehicles import join_drivers
from clients.extensions import Action, Block, ClientExtension, Overview, Tab
from clients.models import Client, ClientTemplate
from fixaloop.exports.archive import Part
from fixaloop.lists.figures import Figure
from fixaloop.lists.page import Column

ADD_CARD = "access.add_accesscard"
CONTACTS = (*PASSAGES, Event.Kind.NOTE, Event.Kind.NOTIFICATION, Event.Kind.CARD)
ABOUT_AMOUNTS = Q(kind=Event.Kind.NOTE, entry__isnull=False)
# What the program tells by itself.
BY_ITSELF = Q(kind=Event.Kind.NOTIFICATION, actor=None)


class AccessOnClients(ClientExtension):
    tabs = (
        Tab(gettext_lazy("Événements"), "client-events", permission="access.view_event"),
        Tab(gettext_lazy("Véhicules"), "client-vehicles", permission="access.view_vehicle"),
        Tab(gettext_lazy("Cartes d’accès"), "client-cards", permission="access.view_accesscard"),
        Tab(gettext_lazy("Entrées"), "client-entries", permission="access.view_entry"),
    )
    actions = (
        Action(gettext_lazy("Nouvelle carte"), "access:card-new", "id-card", ADD_CARD),
        Action(gettext_lazy("Laissez-passer"), "access:card-visitor", "id-card", ADD_CARD),
    )
    columns = (
        Column("last_visit", gettext_lazy("Dernière visite"), visit_cell, sort="last_visit", css="cell-rest"),
        Column("card", gettext_lazy("Carte d’accès"), card_cell, css="cell-rest cell-last"),
    )
    needs = {"last_visit": SEE_ENTRIES, "inside": SEE_ENTRIES, "card": SEE_CARDS}
    filters = StandingFilter
    archive_permissions = (
        *(f"access.export_{name}" for name in ("vehicle", "accesscard", "entry", "event")),
        "access.view_payment",
    )
    preset_form = presets.CardPresetForm
    preset_columns = (presets.days_column, presets.zones_column)

    def badge(self, client: Client, user: Any, at: datetime) -> str:
        return page.inside_chip(client, at) if user.has_perm(SEE_ENTRIES) else ""

    def overview(self, client: Client, request: HttpRequest, at: datetime) -> Overview:
        return overview(client, request, at)

    def figures_card(self, client: Client, user: Any) -> Block | None:
        figures = page.statistics(client, user)
        return Block("access/_statistics.html", figures) if figures else None

    def created_note(self, reference: str, preset: ClientTemplate | None, user: Any) -> str:
        if preset is None or not user.has_perm(ADD_CARD) or not CardDefaults.objects.filter(template=preset).exists():
            return ""
        url = f"{reverse('access:card-new')}?client={reference}&template={preset.pk}"
        return format_html('<a href="{}">{}</a>', url, _("Émettre sa carte"))

    def complete(self, clients: Collection[Client], at: datetime) -> None:
        add_worth(clients, at)

    def completed(self, clients: QuerySet[Client], at: datetime) -> QuerySet[Client]:
        return clients.annotate(card_worth=worth_of_cards(at))  # type: ignore[no-redef]

    def counts(self, at: datetime, *, of_members: bool) -> Mapping[str, Any]:
        counts = {"inside": Count("pk", filter=Q(inside_since__isnull=False))}
        if of_members:
            counts["with_card"] = Count("pk", filter=cards_worth("active", at))
        return counts

    def figures(self, counts: Mapping[str, int], user: Any) -> Sequence[Figure]:
        with_card = number_format(counts["with_card"]) if "with_card" in counts and user.has_perm(SEE_CARDS) else ""
        if user.has_perm(SEE_ENTRIES):
            note = _("%(count)s avec une carte valable") % {"count": with_card} if with_card else ""
            return (Figure(_("Sur place maintenant"), number_format(counts["inside"]), note, url="?inside=true"),)
        return (Figure(_("Cartes d’accès"), with_card, _("membres avec une carte valable")),) if with_card else ()

    def member_figures(self, company: Client, user: Any, *, has_members: bool) -> Sequence[Figure]:
        return page.member_visits(company, user, has_members=has_members)

    def deactivation(self, client: Client, at: datetime) -> Sequence[str]:
        return page.consequences(client, at)

    def renamed(self, client_ids: Collection[int]) -> None:
        person_numbers.refresh_open(client_ids)

    def before_merge(self, kept: Client, lost: Client) -> None:
        join_drivers(kept, lost)

    def follow(self, client: Client) -> None:
        privacy.follow_holder(client)
        person_numbers.refresh_open([client.pk])

    def obstacles_to_deletion(self, client: Client) -> Sequence[str]:
        counts = [client.entries.count(), client.cards.count(), client.vehicles.count()]
        sentences = (
            ngettext(
                "%(count)d entrée est à son nom : elle fait partie des comptes.",
                "%(count)d entrées sont à son nom : elles font partie des comptes.",
                counts[0],
            ),
            ngettext("%(count)d carte d’accès est à son nom.", "%(count)d cartes d’accès sont à son nom.", counts[1]),
            ngettext(
                "%(count)d véhicule est à son nom : supprimez-le ou donnez-le à un autre client.",
                "%(count)d véhicules sont à son nom : supprimez-les ou donnez-les à un autre client.",
                counts[2],
            ),
        )
        return [sentence % {"count": count} for sentence, count in zip(sentences, counts, strict=True) if count]

    def before_deletion(self, client: Client) -> None:
        forget_words([client.pk])
        remove_letters([client.pk])

    def archive(self, client: Client) -> Sequence[Part]:
        return privacy.parts_about(client)

    def archive_size(self, client: Client) -> int:
        return client.events.count() + client.entries.count()

    def obstacles_to_anonymising(self, client: Client) -> Sequence[str]:
        if client.entries.open().exists():
            return [_("Le client est sur place : enregistrez d’abord sa sortie.")]
        return ()

    def forget(self, clients: Collection[int], *, by: AbstractBaseUser | None, at: datetime) -> None:
        privacy.forget_holder(clients, by=by, at=at)

    def contacts(self) -> Sequence[Combinable]:
        # A card is given to somebody; what was paid counts on its day.
        told = (
            Event.objects.filter(client=OuterRef("pk"), kind__in=CONTACTS)
            .exclude(ABOUT_AMOUNTS | BY_ITSELF)
            .order_by("-at")
        )
        paid = Payment.objects.filter(entry__client=OuterRef("pk")).order_by().values("entry__client")
        return (
            Subquery(told.order_by("-at").values("at")[:1]),
            Cast(Subquery(paid.annotate(last=Max("paid_on")).values("last")), DateTimeField()),
        )

    def keeps(self, at: datetime) -> Mapping[Any, Q | QuerySet[Any]]:
        owed = Entry.objects.filter(client=OuterRef("pk")).exclude(balance=0)
        return {gettext_lazy("Sur place"): Q(inside_since__isnull=False), gettext_lazy("Séjour à régler"): owed}

    def preset_initial(self, preset: ClientTemplate) -> Mapping[str, Any]:
        kept = presets.defaults_of(preset)
        return {"card_days": kept.days, "card_zones": kept.zones.all()} if kept else {}

    def keep_preset(self, preset: ClientTemplate, values: Mapping[str, Any]) -> None:
        presets.keep_card_defaults(preset, days=values["card_days"], zones=values["card_zones"])

    def load_presets(self, rows: QuerySet[ClientTemplate]) -> QuerySet[ClientTemplate]:
        return rows.select_related("card_defaults").prefetch_related("card_defaults__zones")

    def preset_summary(self, preset: ClientTemplate) -> str:
        return presets.summary(preset)


extension = AccessOnClients()
