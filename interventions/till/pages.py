"""The pages of the day's closing: the form, a closed day to print, and the list of closed days."""

from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any, ClassVar

from django import forms
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.db.models import F, OuterRef, QuerySet, Subquery, Sum
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _, gettext_lazy, ngettext_lazy
from django.views.decorators.http import require_http_methods, require_safe

from access.shared.lists import day_text
from fixaloop.files.columns import FileColumn
from fixaloop.forms.fields import DayField, ReadField, RuledForm, sent
from fixaloop.forms.parsing import parse_amount
from fixaloop.forms.submissions import SubmissionField, submit_once
from fixaloop.installation.firm import firm
from fixaloop.lists.days import DayFilter
from fixaloop.lists.filters import ListFilter
from fixaloop.lists.page import Column, ListPage
from fixaloop.records.payments import EUROS, ZERO
from fixaloop.records.refusal import Refused, Stale
from fixaloop.web.refusals import permission_required, require
from fixaloop.words.money import amount_error, euros
from fixaloop.words.text import person_name
from interventions.till.closing import close_day, recorded, typed_later
from interventions.till.list import NAMED, RIGHTS, SEE_CLOSINGS, view_tabs
from interventions.till.models import Closing, ClosingLine, Method

CLOSE = "interventions.add_closing"
SHOWN = 10
MOST_LATER = 100


class CountField(ReadField):
    """Euros as counted; less than nothing where more was given back than received."""

    def __init__(self) -> None:
        attrs = {"inputmode": "decimal", "autocomplete": "off", "placeholder": "0,00"}
        super().__init__(widget=forms.TextInput(attrs=attrs))
        self.error_messages["required"] = _("Indiquez ce que vous avez compté.")

    def read(self, text: str) -> Any:
        amount = parse_amount(text)
        if amount is not None and (error := amount_error(abs(amount))):
            raise ValidationError(error, "amount")
        return amount


class ClosingForm(RuledForm, forms.Form):
    """For each method, what was counted and why it differs; and what the page said was recorded."""

    submission = SubmissionField()

    def __init__(self, data: Any, found: dict[str, Decimal]) -> None:
        super().__init__(data)
        self.found = found
        for method in Method:
            self.fields[f"seen_{method}"] = forms.DecimalField(widget=forms.HiddenInput, initial=found[method])
            self.fields[f"counted_{method}"] = CountField()
            self.fields[f"counted_{method}"].label = _("Compté : %(method)s") % {"method": method.label.lower()}
            self.fields[f"reason_{method}"] = forms.CharField(
                label=_("Raison de l’écart"), max_length=200, required=False
            )
            if not found[method]:
                self.initial[f"counted_{method}"] = "0,00"

    def refresh(self) -> None:
        data: Any = self.data
        self.data = data.copy()
        for method, amount in self.found.items():
            self.data[f"seen_{method}"] = f"{amount:.2f}"  # type: ignore[index]

    @property
    def lines(self) -> list[dict[str, Any]]:
        return [
            {
                "label": method.label,
                "recorded": self.found[method],
                "counted": self[f"counted_{method}"],
                "reason": self[f"reason_{method}"],
            }
            for method in Method
        ]

    def told(self, name: str) -> dict[str, Any]:
        return {method: self.cleaned_data[f"{name}_{method}"] for method in Method.values}


def _may_see_all(request: HttpRequest) -> None:
    require(request.user, *RIGHTS.values())


@require_http_methods(["GET", "HEAD", "POST"])
@permission_required(SEE_CLOSINGS)
def closing(request: HttpRequest) -> HttpResponse:
    _may_see_all(request)
    if request.method == "POST":
        require(request.user, CLOSE)
    day, error = _asked_day(request)
    found = recorded(day)
    closed = Closing.objects.filter(day=day).first()
    form = ClosingForm(sent(request), found)
    status = 422 if error else 200
    if request.method == "POST" and not error:
        response = _close(request, form, day)
        if not isinstance(response, int):
            return response
        status = response
    context = {
        "day": day,
        "day_error": error,
        "closed": closed,
        # What was typed stays on the page, even if somebody else was quicker.
        "form": form if request.user.has_perm(CLOSE) and (form.is_bound or not closed) else None,
        "total": sum(found.values(), ZERO),
        "past": _with_sums(Closing.objects.select_related("by"))[:SHOWN],
        "tabs": view_tabs(request),
    }
    return render(request, "interventions/till/closing.html", context, status=status)


def _asked_day(request: HttpRequest) -> tuple[date, str]:
    typed = (request.POST if request.method == "POST" else request.GET).get("day", "")
    today = timezone.localdate()
    try:
        day = DayField(required=False).clean(typed) or today
    except ValidationError as error:
        return today, " ".join(error.messages)
    return (today, _("Ce jour est à venir.")) if day > today else (day, "")


def _close(request: HttpRequest, form: ClosingForm, day: date) -> HttpResponse | int:
    if not form.is_valid():
        return 422
    seen, counted, reasons = (form.told(name) for name in ("seen", "counted", "reason"))
    try:
        url = submit_once(
            form.cleaned_data["submission"],
            request.user,
            lambda: close_day(day, counted, reasons, seen=seen, by=request.user),  # type: ignore[arg-type]
        )
    except Stale:
        form.refresh()
        form.add_error(None, _("Un paiement vient d’être enregistré : vérifiez les nouveaux montants."))
        return 409
    except Refused as why:
        form.add_error(None, str(why))
        return 409
    except ValidationError as why:
        form.tell(why)
        return 422
    messages.success(request, _("La journée est clôturée."))
    return redirect(url)


@require_safe
@permission_required(SEE_CLOSINGS)
def closed(request: HttpRequest, day: date) -> HttpResponse:
    _may_see_all(request)
    found = _with_sums(Closing.objects.select_related("by")).filter(day=day).first()
    if found is None:
        raise Http404(_("Ce jour n’est pas clôturé."))
    context = {
        "closing": found,
        "lines": found.lines.all(),
        "later": typed_later(found).select_related(*NAMED)[:MOST_LATER],
        "firm": firm(),
    }
    return render(request, "interventions/till/closed.html", context)


def _with_sums(closings: QuerySet[Closing]) -> QuerySet[Any]:
    lines = ClosingLine.objects.filter(closing=OuterRef("pk")).order_by().values("closing")
    sums = {
        name: Subquery(lines.annotate(total=Sum(name)).values("total"), output_field=EUROS)
        for name in ("recorded", "counted")
    }
    return closings.annotate(**sums, difference=F("counted") - F("recorded"))


class ClosingFilter(ListFilter):
    after = DayFilter(label=gettext_lazy("À partir du"), field_name="day", lookup_expr="gte")
    before = DayFilter(label=gettext_lazy("Jusqu’au"), field_name="day", lookup_expr="lte")

    primary = ("after", "before")


def _day_cell(row: Any, at: datetime) -> str:
    return f'<a class="who num" href="{row.get_absolute_url()}">{day_text(row.day)}</a>'


COLUMNS = (
    FileColumn("Jour", lambda row, at: row.day, 12),
    FileColumn("Enregistré", lambda row, at: row.recorded, 14),
    FileColumn("Compté", lambda row, at: row.counted, 14),
    FileColumn("Écart", lambda row, at: row.difference, 14),
    FileColumn("Clôturé par", lambda row, at: person_name(row.by) if row.by else "", 20),
    FileColumn("Clôturé le", lambda row, at: row.at, 18),
)


class ClosingList(ListPage):
    model = Closing
    filterset_class = ClosingFilter
    columns: ClassVar[Sequence[Column]] = (
        Column("day", gettext_lazy("Jour"), _day_cell, sort="day", css="cell-main"),
        Column("recorded", gettext_lazy("Enregistré"), lambda row, at: euros(row.recorded), css="cell-rest num"),
        Column("counted", gettext_lazy("Compté"), lambda row, at: euros(row.counted), css="cell-rest num"),
        Column("difference", gettext_lazy("Écart"), lambda row, at: euros(row.difference), css="num"),
    )
    orders: ClassVar = {"day": ("day", "id")}
    default_sort = "-day"
    title = gettext_lazy("Jours clôturés")
    template_name = "interventions/list.html"
    export_columns = COLUMNS
    export_permission = "interventions.export_ledgerpayment"
    noun = ngettext_lazy("%(count)s jour clôturé", "%(count)s jours clôturés", "number")

    def has_permission(self) -> bool:
        return self.request.user.has_perms(list(RIGHTS.values())) and super().has_permission()

    def shown(self, queryset: QuerySet[Closing]) -> QuerySet[Closing]:
        return _with_sums(queryset.select_related("by"))

    def extra_context(self) -> dict[str, Any]:
        return {"tabs": view_tabs(self.request)}
