"""The pages of tariffs: one, added, changed."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _, gettext_lazy

from access import services
from access.models import Tariff
from access.models.tariffs import rates_of
from access.shared.pages import Section, changes, created, form_page, rights_of, saved, show_field
from access.tariffs.explaining import say_rates, say_step
from access.tariffs.forms import TariffForm, remarks
from fixaloop.forms.fields import sent
from fixaloop.forms.parsing import parse_key
from fixaloop.forms.submissions import already_created

TARIFFS = Section(gettext_lazy("Tarifs"), "access:tariffs", Tariff.objects.all())
CHANGE = "access.change_tariff"
TEMPLATE = "access/tariff_form.html"


@TARIFFS.get("access.view_tariff")
def detail(request: HttpRequest, tariff: Tariff) -> HttpResponse:
    context = {
        "tariff": tariff,
        "rates": say_rates(tariff.rates),
        "zones": tariff.zones.order_by("name"),
        "tags": tariff.free_tags.order_by("name"),
        "remarks": remarks(tariff),
        "changes": changes(tariff, show=_show),
        "may": rights_of(request.user, change=CHANGE, see_zones="access.view_zone"),
        "crumbs": TARIFFS.crumbs(tariff),
    }
    return render(request, "access/tariff.html", context)


def _show(record: Any, field: Any) -> str:
    return ", ".join(map(say_step, rates_of(record).steps)) if field.name == "steps" else show_field(record, field)


@TARIFFS.get_or_post("access.add_tariff")
def create(request: HttpRequest) -> HttpResponse:
    if url := already_created(request.POST):
        return redirect(url)
    form = TariffForm(sent(request), initial={"zones": [parse_key(request.GET.get("zone", ""))]})

    def add() -> Tariff:
        chosen = {name: form.cleaned_data[name] for name in ("zones", "free_tags")}
        by: Any = request.user
        return services.save_tariff(form.save(commit=False), **chosen, by=by)

    if url := created(request, form, add):
        messages.success(request, _("Le tarif vaut pour les sorties à venir."))
        return redirect(url)
    return form_page(request, TEMPLATE, form, TARIFFS.new(_("Nouveau tarif"), _("Enregistrer")))


@TARIFFS.get_or_post(CHANGE)
def edit(request: HttpRequest, tariff: Tariff) -> HttpResponse:
    context = TARIFFS.editing(tariff)
    form = TariffForm(sent(request), instance=tariff)
    if saved(request, form, services.save_tariff, linked=("zones", "free_tags")):
        return redirect(tariff)
    return form_page(request, TEMPLATE, form, context)
