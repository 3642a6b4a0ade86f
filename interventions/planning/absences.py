"""The absences of the team: those to come, one added, changed or removed."""

from collections.abc import Callable
from datetime import datetime, time
from functools import wraps
from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.translation import gettext as _, gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from fixaloop.forms.fields import DayField, RuledForm, focus_first, sent
from fixaloop.forms.submissions import SubmissionField, differences, hold_version, submit_once
from fixaloop.forms.undo import tell_undoable
from fixaloop.records.bulk import plain
from fixaloop.web.refusals import permission_required, require
from fixaloop.web.requests import safe_address
from fixaloop.words.dates import end_of, local, start_of
from fixaloop.words.text import person_name
from interventions import services
from interventions.declared.undos import ABSENCE, ABSENCE_COLUMNS
from interventions.models import Absence
from interventions.pages.forms import TechnicianField
from interventions.planning.clashes import away, jobs_during, linked, said_hours
from interventions.planning.hours import last_day
from interventions.rights import ADD_ABSENCE, CHANGE_ABSENCE, DELETE_ABSENCE, VIEW_ABSENCE

MOST = 200
HOURS = ("%H:%M", "%H:%M:%S", "%Hh%M", "%Hh")


class HourField(forms.TimeField):
    def __init__(self, **options: Any) -> None:
        widget = forms.TimeInput(attrs={"type": "time"}, format="%H:%M")
        super().__init__(required=False, input_formats=HOURS, widget=widget, **options)
        self.error_messages["invalid"] = gettext_lazy("Écrivez une heure, par exemple 14:00.")


class AbsenceForm(RuledForm, forms.Form):
    technician = TechnicianField()
    kind = forms.ChoiceField(label=gettext_lazy("Nature"), choices=Absence.Kind.choices)
    first_day = DayField(label=gettext_lazy("Du"))
    start_hour = HourField(label=gettext_lazy("À partir de"), help_text=gettext_lazy("Vide : toute la journée."))
    last_day = DayField(label=gettext_lazy("Au (compris)"))
    end_hour = HourField(label=gettext_lazy("Jusqu’à"), help_text=gettext_lazy("Vide : toute la journée."))
    note = forms.CharField(label=gettext_lazy("Note"), required=False, max_length=200)
    version = forms.IntegerField(required=False, widget=forms.HiddenInput)
    submission = SubmissionField()

    def __init__(self, *args: Any, absence: Absence, **kwargs: Any) -> None:
        self.absence = absence
        kwargs["initial"] = kwargs.get("initial", {}) | (_typed(absence) if absence.pk else {})
        super().__init__(*args, **kwargs)
        technician: Any = self.fields["technician"]
        technician.offer(absence.technician_id)
        technician.empty_label = _("Choisissez…")

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        if not self.errors:
            self.absence.technician, self.absence.kind = cleaned["technician"], cleaned["kind"]
            self.absence.note = cleaned["note"]
            self.absence.starts_at = _moment(cleaned["first_day"], cleaned["start_hour"])
            last, hour = cleaned["last_day"], cleaned["end_hour"]
            self.absence.ends_at = _moment(last, hour) if hour else end_of(last)
        return cleaned


def _moment(day: Any, hour: time | None) -> datetime:
    return timezone.make_aware(datetime.combine(day, hour)) if hour else start_of(day)


def _typed(absence: Absence) -> dict[str, Any]:
    start, end = local(absence.starts_at), local(absence.ends_at)
    typed = {name: getattr(absence, name) for name in ("technician", "kind", "note", "version")}
    hours = {"start_hour": start.time(), "end_hour": end.time()}
    typed |= {name: hour if hour != time.min else None for name, hour in hours.items()}
    return typed | {"first_day": start.date(), "last_day": last_day(end)}


Page = Callable[..., HttpResponse]


def absence_page(view: Page) -> Page:
    """Give the view its absence: 403 without the right to change absences, then only 404 if there is none."""

    @wraps(view)
    def page(request: HttpRequest, pk: int) -> HttpResponse:
        require(request.user, CHANGE_ABSENCE)
        found = Absence.objects.select_related("technician").filter(pk=pk).first()
        if found is None:
            raise Http404(_("Cette absence n’existe pas."))
        return view(request, found)

    return page


@require_safe
@permission_required(VIEW_ABSENCE)
def absences(request: HttpRequest) -> HttpResponse:
    coming = Absence.objects.filter(ends_at__gt=timezone.now()).select_related("technician")
    found = coming.order_by("starts_at", "id")[:MOST]
    context = {
        "absences": [(absence, person_name(absence.technician), said_hours(absence)) for absence in found],
        "may_add": request.user.has_perm(ADD_ABSENCE),
        "may_change": request.user.has_perm(CHANGE_ABSENCE),
    }
    return render(request, "interventions/absences.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@permission_required(ADD_ABSENCE)
def create(request: HttpRequest) -> HttpResponse:
    absence = Absence()
    named = {name: request.GET.get(name, "")[:40] for name in ("technician", "first_day", "last_day")}
    form = AbsenceForm(sent(request), absence=absence, initial=named)
    if request.method == "POST" and form.is_valid():
        try:
            submit_once(
                form.cleaned_data["submission"], request.user, lambda: services.keep_absence(absence), lambda kept: ""
            )
        except ValidationError as refusal:
            form.tell(refusal)
        else:
            return _kept(request, absence)
    focus_first(form)
    return _form_page(request, form, _("Nouvelle absence"))


@require_http_methods(["GET", "HEAD", "POST"])
@absence_page
def edit(request: HttpRequest, absence: Absence) -> HttpResponse:
    form = AbsenceForm(sent(request), absence=absence)
    if request.method == "POST" and form.is_valid():
        try:
            services.keep_absence(absence, version=form.cleaned_data["version"])
        except services.Stale:
            return _stale(request, form, absence)
        except ValidationError as refusal:
            form.tell(refusal)
        else:
            return _kept(request, absence)
    return _form_page(request, form, _("Modifier l’absence"))


def _stale(request: HttpRequest, form: AbsenceForm, absence: Absence) -> HttpResponse:
    stored = Absence.objects.filter(pk=absence.pk).first()
    if stored is None:
        messages.error(request, _("Quelqu’un vient de supprimer cette absence."))
        return redirect("interventions:absences")
    changes = differences(form, AbsenceForm(absence=stored))
    hold_version(form, stored.version)
    return _form_page(request, form, _("Modifier l’absence"), conflict={"changes": changes})


def _form_page(
    request: HttpRequest, form: AbsenceForm, title: str, conflict: dict[str, Any] | None = None
) -> HttpResponse:
    context = {
        "form": form,
        "title": title,
        "absence": form.absence,
        "conflict": conflict,
        "back": _back(request),
        "may_delete": form.absence.pk and request.user.has_perm(DELETE_ABSENCE),
    }
    status = 409 if conflict else 422 if form.errors else 200
    return render(request, "interventions/absence_form.html", context, status=status)


def _back(request: HttpRequest) -> str:
    asked = request.POST.get("next") or request.GET.get("next")
    return safe_address(request, asked) or reverse("interventions:absences")


def _kept(request: HttpRequest, absence: Absence) -> HttpResponse:
    messages.success(request, _("L’absence est enregistrée."))
    if found := jobs_during(absence.technician.pk, away(absence)):
        name = {"name": person_name(absence.technician)}
        text = _("Déjà planifié pour %(name)s pendant cette absence :") % name
        messages.warning(request, format_html("{} {}.", text, linked(found)))
    return redirect(_back(request))


@require_POST
@absence_page
def remove(request: HttpRequest, absence: Absence) -> HttpResponse:
    require(request.user, DELETE_ABSENCE)
    try:
        services.remove_absence(absence)
    except services.Stale:
        messages.error(request, _("Quelqu’un vient de supprimer cette absence."))
    else:
        kept = {name: plain(getattr(absence, name)) for name in ABSENCE_COLUMNS}
        tell_undoable(request, _("L’absence est supprimée."), ABSENCE, **kept)
    return redirect(_back(request))
