"""What interventions add to a client."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any, ClassVar

import django_filters
from django.contrib.auth.models import AbstractBaseUser
from django.db.models import DateTimeField, Max, OuterRef, Q, QuerySet, Subquery
from django.db.models.expressions import Combinable
from django.db.models.functions import Cast
from django.http import HttpRequest
from django.utils.translation import gettext_lazy, ngettext

from clients.extensions import Action, Beginning, Block, ClientExtension, Overview, StatusReason, Tab
from clients.models import Client
from clients.status import said_day
from fixaloop.exports.archive import Part
from fixaloop.files.columns import FileColumn
from fixaloop.installation.firm import rule
from fixaloop.lists.figures import Figure
from fixaloop.lists.filters import ListFilter
from fixaloop.lists.markup import NOTHING
from fixaloop.lists.page import Column
from fixaloop.records.chain import forget_words
from fixaloop.speed.texts import gettext as _
from interventions import activity
from interventions.models import INTERVENTION, Intervention, InterventionPayment
from interventions.pages.file_columns import EXPORTED
from interventions.pages.list import CREDIT
from interventions.pages.overview import figures_block, overview
from interventions.pages.statistics import count_jobs, member_work
from interventions.rights import SEE_MONEY, VIEW
from interventions.search import update_search_texts
from interventions.states import ENDED, state_name

SHOWN = 5
CHUNK = 500
PAYMENT_COLUMNS = (
    FileColumn("N°", lambda payment, at: payment.number, 8),
    FileColumn("Intervention", lambda payment, at: payment.intervention.reference, 14),
    FileColumn("Nature", lambda payment, at: payment.get_kind_display(), 18),
    FileColumn("Moyen", lambda payment, at: payment.get_method_display(), 16),
    FileColumn("Montant", lambda payment, at: payment.amount, 12),
    FileColumn("Payé le", lambda payment, at: payment.paid_on, 12),
    FileColumn("Note", lambda payment, at: payment.note, 32),
    FileColumn("Saisi le", lambda payment, at: payment.created_at, 18),
)


def _open_count(client: Client, at: datetime) -> str:
    count = client.open_interventions
    return f'<a href="/clients/{client.reference}/interventions/?state=open">{count}</a>' if count else NOTHING


def _say_nothing(values: Mapping[str, Any], at: datetime) -> str:
    return _("aucune intervention")


def _say_open(values: Mapping[str, Any], at: datetime) -> str:
    told = {"reference": INTERVENTION.show(values["number"]), "state": state_name(values["state"])}
    return _("%(reference)s %(state)s") % told


def _say_recent(values: Mapping[str, Any], at: datetime) -> str:
    reference = INTERVENTION.show(values["number"])
    told = {"day": said_day(values["until"], at), "days": values["days"], "reference": reference}
    return _("jusqu’au %(day)s, %(days)s jours après %(reference)s") % told


def _say_last(values: Mapping[str, Any], at: datetime) -> str:
    return _("dernière intervention terminée le %(day)s") % {"day": said_day(values["end"], at)}


def _tell_open(values: Mapping[str, Any], at: datetime) -> str:
    told = {"reference": INTERVENTION.show(values["number"]), "state": state_name(values["state"])}
    return _("l’intervention %(reference)s est %(state)s") % told


def _tell_recent(values: Mapping[str, Any], at: datetime) -> str:
    told = {"day": said_day(values["until"], at), "days": values["days"]}
    told["reference"] = INTERVENTION.show(values["number"])
    return _("il le reste jusqu’au %(day)s, %(days)s jours après la fin de %(reference)s") % told


def _tell_last(values: Mapping[str, Any], at: datetime) -> str:
    return _("aucune intervention ouverte, la dernière a fini le %(day)s") % {"day": said_day(values["end"], at)}


class CreditFilter(ListFilter):
    credit = django_filters.ChoiceFilter(
        label=gettext_lazy("À rendre"), choices=CREDIT, empty_label=gettext_lazy("Tous"), method="by_credit"
    )

    needs: ClassVar = {"credit": SEE_MONEY}

    def by_credit(self, clients: QuerySet[Client], name: str, asked: str) -> QuerySet[Client]:
        return clients.filter(pk__in=Intervention.objects.to_give_back().order_by().values("client"))


class InterventionsOnClients(ClientExtension):
    filters = CreditFilter
    tabs = (
        Tab(gettext_lazy("Interventions"), "client-interventions", permission=VIEW),
        Tab(gettext_lazy("Relevé"), "client-statement", permission="clients.view_statement"),
    )
    actions = (
        Action(
            gettext_lazy("Nouvelle intervention"),
            "interventions:new",
            "plus",
            "interventions.add_intervention",
            is_main=True,
        ),
    )
    columns = (Column("open", gettext_lazy("En cours"), _open_count, sort="open", css="cell-wide num"),)
    needs = {"open": VIEW}
    status_words = {
        "no_job": _say_nothing,
        "open_job": _say_open,
        "recent_job": _say_recent,
        "last_job": _say_last,
    }
    status_sentences = {
        "open_job": _tell_open,
        "recent_job": _tell_recent,
        "last_job": _tell_last,
    }
    archive_permissions = ("interventions.export_intervention", "interventions.view_interventionpayment")

    def overview(self, client: Client, request: HttpRequest, at: datetime) -> Overview:
        return overview(client, request, at)

    def figures_card(self, client: Client, user: Any) -> Block | None:
        return figures_block(client, user, count_jobs(client)) if user.has_perm(VIEW) else None

    def member_figures(self, company: Client, user: Any, *, has_members: bool) -> Sequence[Figure]:
        return member_work(company, user, has_members=has_members)

    def owner_of(self, query: str) -> int | None:
        number = INTERVENTION.parse(query)
        if number is None:
            return None
        return Intervention.objects.filter(number=number).values_list("client", flat=True).first()

    def status_reason(self, client: Client, at: datetime) -> StatusReason:
        number, end = client.deciding_number, client.deciding_end
        if number is None:
            return StatusReason("no_job")
        url = f"/interventions/{INTERVENTION.show(number)}/"
        if end is None or client.deciding_state not in ENDED:
            return StatusReason("open_job", {"number": number, "state": client.deciding_state}, url, VIEW)
        until = end + activity.recent()
        if until > at:
            values = {"number": number, "until": until, "days": rule("RECENT_DAYS")}
            return StatusReason("recent_job", values, url, VIEW)
        return StatusReason("last_job", {"end": end}, url, VIEW)

    def refresh_status(self, clients: QuerySet[Client], at: datetime) -> None:
        activity.refresh(clients, at)

    def renamed(self, client_ids: Collection[int]) -> None:
        update_search_texts(Intervention.objects.filter(client__in=client_ids))

    def obstacles_to_deletion(self, client: Client) -> Sequence[str]:
        count = client.interventions.count()
        sentence = ngettext(
            "%(count)d intervention est à son nom : elle fait partie des comptes.",
            "%(count)d interventions sont à son nom : elles font partie des comptes.",
            count,
        )
        return [sentence % {"count": count}] if count else []

    def archive(self, client: Client) -> Sequence[Part]:
        jobs = client.interventions.select_related("client", "technician", "vehicle").order_by("number")
        payments = InterventionPayment.objects.filter(intervention__client=client).select_related(
            "intervention", "words"
        )
        payments = payments.order_by("paid_on", "pk")
        return [
            Part("interventions", _("Interventions"), EXPORTED, lambda: jobs.iterator(CHUNK)),
            Part(
                "paiements_interventions",
                _("Paiements des interventions"),
                PAYMENT_COLUMNS,
                lambda: payments.iterator(CHUNK),
            ),
        ]

    def obstacles_to_anonymising(self, client: Client) -> Sequence[str]:
        numbers = list(client.interventions.open().order_by("number").values_list("number", flat=True)[: SHOWN + 1])
        if not numbers:
            return []
        shown = ", ".join(INTERVENTION.show(number) for number in numbers[:SHOWN]) + ("…" if numbers[SHOWN:] else "")
        return [_("Du travail est en cours (%(references)s) : terminez-le ou annulez-le.") % {"references": shown}]

    def contacts(self) -> Sequence[Combinable]:
        jobs = Intervention.objects.filter(client=OuterRef("pk")).order_by().values("client")
        paid = InterventionPayment.objects.filter(intervention__client=OuterRef("pk")).order_by()
        paid_on = paid.values("intervention__client").annotate(last=Max("paid_on")).values("last")
        return (
            Subquery(jobs.annotate(last=Max("created_at")).values("last")),
            Subquery(jobs.annotate(last=Max("finished_at")).values("last")),
            Cast(Subquery(paid_on), DateTimeField()),
        )

    def beginnings(self, user: Any) -> Sequence[Beginning]:
        if not user.has_perm("interventions.add_intervention"):
            return ()
        label, short = _("Enregistrer et créer une intervention"), _("Puis intervention")
        return (Beginning(label, short, "interventions:new"),)

    def keeps(self, at: datetime) -> Mapping[Any, Q | QuerySet[Any]]:
        owed = Intervention.objects.filter(client=OuterRef("pk")).exclude(balance=0)
        return {
            gettext_lazy("Travail en cours"): Q(open_interventions__gt=0),
            gettext_lazy("Intervention à régler"): owed,
        }

    def forget(self, clients: Collection[int], *, by: AbstractBaseUser | None, at: datetime) -> None:
        forget_words(InterventionPayment.objects.filter(intervention__client__in=clients))


extension = InterventionsOnClients()
