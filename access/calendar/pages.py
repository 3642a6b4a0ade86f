"""The pages of the calendar: a special day, added, changed, withdrawn."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.html import format_html, format_html_join
from django.utils.translation import gettext as _, gettext_lazy

from access import services
from access.calendar.forms import SpecialDayForm, WithdrawForm
from access.calendar.list import said_opening, said_zone
from access.models import SpecialDay
from access.shared.pages import Section, changes, created, form_page, rights_of, saved
from fixaloop.forms.fields import sent
from fixaloop.forms.parsing import parse_key
from fixaloop.forms.submissions import already_created
from fixaloop.words.dates import say_days

CALENDAR = Section(gettext_lazy("Calendrier"), "access:calendar", SpecialDay.objects.select_related("zone"))
CHANGE = "access.change_specialday"
# Overlapping days named when one is saved.
MOST_NAMED = 5


@CALENDAR.get("access.view_specialday")
def detail(request: HttpRequest, day: SpecialDay) -> HttpResponse:
    context = {
        "day": day,
        "days": say_days(day.first_day, day.last_day),
        "zone": said_zone(day),
        "opening": said_opening(day),
        "changes": changes(day),
        "may": rights_of(request.user, change=CHANGE, see_zone="access.view_zone"),
        "crumbs": CALENDAR.crumbs(day),
    }
    return render(request, "access/special_day.html", context)


@CALENDAR.get_or_post("access.add_specialday")
def create(request: HttpRequest) -> HttpResponse:
    if url := already_created(request.POST):
        return redirect(url)
    form = SpecialDayForm(sent(request), initial={"zone": parse_key(request.GET.get("zone", ""))})
    if url := created(request, form, lambda: services.save_special_day(form.save(commit=False), by=_user(request))):
        messages.success(request, _("C’est au calendrier."))
        _warn_of_overlaps(request, form.instance)
        return redirect(url)
    context = CALENDAR.new(_("Nouveau jour exceptionnel"), _("Enregistrer"))
    return form_page(request, "access/special_day_form.html", form, context)


@CALENDAR.get_or_post(CHANGE)
def edit(request: HttpRequest, day: SpecialDay) -> HttpResponse:
    context = CALENDAR.editing(day)
    form = SpecialDayForm(sent(request), instance=day)
    if saved(request, form, services.save_special_day):
        _warn_of_overlaps(request, day)
        return redirect(day)
    return form_page(request, "access/special_day_form.html", form, context)


def _warn_of_overlaps(request: HttpRequest, day: SpecialDay) -> None:
    """Name the other special days of the same days that hold for its zone, for those around it, or for all."""
    others = SpecialDay.objects.during(day.first_day, day.last_day).exclude(pk=day.pk).select_related("zone")
    if day.zone is not None:
        others = others.of_zones(day.zone.lineage)
    found = list(others.order_by("first_day", "pk")[:MOST_NAMED])
    if not found:
        return
    named = format_html_join(", ", '<a href="{}">{}</a>', ((other.get_absolute_url(), _said(other)) for other in found))
    rule = _("Une zone suit ce qui la nomme plutôt que « Toutes les zones », puis ce qui a été ajouté en dernier.")
    messages.warning(request, format_html("{} {}. {}", _("Ces jours en croisent d’autres :"), named, rule))


def _said(day: SpecialDay) -> str:
    days = say_days(day.first_day, day.last_day)
    return f"{days}, {said_zone(day)}, {said_opening(day)} ({day.reason})"


@CALENDAR.get_or_post(CHANGE)
def withdraw(request: HttpRequest, day: SpecialDay) -> HttpResponse:
    """Ask why; the day stays in the calendar as withdrawn, and the usual hours hold again."""
    form = WithdrawForm(sent(request))
    status = 0
    if request.method == "POST" and form.is_valid():
        try:
            services.withdraw_special_day(day, reason=form.cleaned_data["reason"], by=_user(request))
        except services.Refused as refusal:
            form.add_error(None, str(refusal))
            status = 409
        else:
            messages.success(request, _("Le jour exceptionnel est retiré : les horaires habituels valent de nouveau."))
            return redirect(day)
    title = _("Retirer du calendrier : %(days)s") % {"days": say_days(day.first_day, day.last_day)}
    context = {"title": title, "crumbs": CALENDAR.crumbs(day, _("Retirer")), "cancel_url": day.get_absolute_url()}
    return form_page(request, "access/form.html", form, context | {"submit_label": _("Retirer")}, status)


def _user(request: HttpRequest) -> Any:
    return request.user
