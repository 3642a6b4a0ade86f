"""What a report is asked about: a period, a company with its members, a town, a technician."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from urllib.parse import urlencode

from django import forms
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _, gettext_lazy

from clients.models import Client
from clients.pages.picker import ClientField
from interventions.pages.list import TECHNICIANS, of_technician
from interventions.rights import VIEW
from interventions.statements.period import DAYS, Period, PeriodForm

SEE_CLIENTS = "clients.view_client"
NEEDS = {"company": SEE_CLIENTS, "city": SEE_CLIENTS, "technician": VIEW}


class ReportForm(PeriodForm):
    """The filters of the reports; each is there for whoever may see what it names."""

    company = ClientField(label=gettext_lazy("Entreprise et ses membres"), companies_only=True, required=False)
    city = forms.CharField(label=gettext_lazy("Ville"), max_length=120, required=False)
    technician = forms.ChoiceField(
        label=gettext_lazy("Technicien"),
        required=False,
        error_messages={"invalid_choice": gettext_lazy("« %(value)s » n’est pas dans la liste des techniciens.")},
    )

    def __init__(self, asked: Mapping[str, Any], user: Any, at: datetime) -> None:
        super().__init__(asked, timezone.localdate(at))
        self.user, self.at = user, at
        for name, right in NEEDS.items():
            if not user.has_perm(right):
                del self.fields[name]
        technician: Any = self.fields.get("technician")
        if technician:
            TECHNICIANS.meet([asked.get("technician", "")])
            technician.choices = [("", _("Tous les techniciens")), *TECHNICIANS()]

    @property
    def asked(self) -> "Asked | None":
        """None while something asked for makes no sense."""
        if self.period is None:
            return None
        given = {name: self.cleaned_data.get(name) for name in NEEDS}
        return Asked(self.period, self.user, self.at, **{name: value for name, value in given.items() if value})


@dataclass(frozen=True)
class Asked:
    """A report as asked for; whose rights decide what it tells."""

    period: Period
    user: Any
    at: datetime
    company: Client | None = None
    city: str = ""
    technician: str = ""

    @property
    def is_of_some_clients(self) -> bool:
        return bool(self.company or self.city)

    @property
    def is_of_all(self) -> bool:
        return not (self.is_of_some_clients or self.technician)

    @property
    def clients(self) -> QuerySet[Client]:
        clients = Client.objects.order_by()
        if self.company:
            clients = clients.of_company(self.company)
        return clients.in_town(self.city) if self.city else clients

    def of_clients(self, rows: QuerySet[Any], owner: str = "client") -> QuerySet[Any]:
        rows = rows.order_by()
        return rows.filter(**{f"{owner}__in": self.clients.values("pk")}) if self.is_of_some_clients else rows

    def of_jobs(self, rows: QuerySet[Any], job: str = "") -> QuerySet[Any]:
        """Rows of the clients and the technician asked for; `job` leads to their intervention."""
        rows = self.of_clients(rows, f"{job}client")
        return of_technician(rows, self.technician, self.user, job) if self.technician else rows

    def during(self, rows: QuerySet[Any], moment: str) -> QuerySet[Any]:
        return rows.filter(**{f"{moment}__gte": self.period.start, f"{moment}__lt": self.period.end})

    @property
    def others(self) -> dict[str, str]:
        company = self.company.reference if self.company else ""
        given = {"company": company, "city": self.city, "technician": self.technician}
        return {name: value for name, value in given.items() if value}

    def query(self, period: Period | None = None) -> str:
        days: tuple[date, date] = ((period or self.period).first, (period or self.period).last)
        return urlencode(dict(zip(DAYS, days, strict=True)) | self.others)
