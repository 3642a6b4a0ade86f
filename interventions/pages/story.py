"""An intervention at a glance: its state as a sentence, what happened to it, and notes on it."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from django import forms
from django.contrib import messages
from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from access.events.told import ALL, Note, Story, tell
from access.models import Event
from access.models.events import LONGEST_TEXT
from clients.extensions import Block
from fixaloop.forms.submissions import SubmissionField, SubmissionForm, submit_once
from fixaloop.records.history import Change
from fixaloop.words.dates import say_on, say_since
from interventions import rights, services
from interventions.models import Intervention
from interventions.pages.cells import said_name
from interventions.states import State

KINDS = (Event.Kind.JOB, Event.Kind.PAYMENT, Event.Kind.NOTE)


def say_state(job: Intervention, at: datetime) -> str:
    """Since when it is in its state, with which technician and why: a clause to follow the word for the state."""
    said = _SAID[State(job.state)](job, at)
    if job.technician and job.state != State.TO_PLAN:
        said = _("%(since)s, avec %(name)s") % {"since": said, "name": said_name(job.technician)}
    return _("%(said)s : %(reason)s") % {"said": said, "reason": job.state_reason} if job.state_reason else said


def _asked(job: Intervention, at: datetime) -> str:
    return _("demandée %(when)s") % {"when": say_on(job.created_at, at)}


def _to_plan(job: Intervention, at: datetime) -> str:
    asked = _asked(job, at)
    return asked if job.planned_start else _("%(asked)s, elle attend un créneau") % {"asked": asked}


def _planned(job: Intervention, at: datetime) -> str:
    return _("pour %(when)s") % {"when": say_on(job.planned_start, at)} if job.planned_start else _asked(job, at)


def _finished(job: Intervention, at: datetime) -> str:
    return _("terminée %(when)s") % {"when": say_on(job.finished_at, at)} if job.finished_at else _asked(job, at)


_SAID: dict[State, Callable[[Intervention, datetime], str]] = {
    State.TO_PLAN: _to_plan,
    State.PLANNED: _planned,
    State.IN_PROGRESS: lambda job, at: say_since(job.started_at or job.created_at, at),
    State.ON_HOLD: lambda job, at: say_since(job.waiting_since or job.created_at, at),
    State.DONE: lambda job, at: say_on(job.finished_at or job.created_at, at),
    State.CLOSED: _finished,
    State.CANCELLED: _asked,
}


# What happened.


class NoteForm(forms.Form):
    text = forms.CharField(max_length=LONGEST_TEXT)
    submission = SubmissionField()


def told(job: Intervention, request: HttpRequest, at: datetime, changes: Callable[[], list[Change]]) -> Block:
    filters = ("steps", "payments", "notes", "changes")
    # That some kinds alone are looked for lets PostgreSQL use their index.
    about = Q(inputs__intervention=job.number, kind__in=KINDS)
    note = _note_on(job, request.user)
    story = Story(job.get_absolute_url(), about, filters, "", note, changes, ALL, unsaid="things")
    return tell(story, request, at)


def _note_on(job: Intervention, user: Any) -> Note | None:
    if job.client.anonymized_at or not rights.may_change(user, job):
        return None
    return Note(reverse("interventions:note", args=[job.reference]), SubmissionForm()["submission"])


@require_POST
@rights.intervention_page(rights.CHANGE, rights.CHANGE_OWN)
def note(request: HttpRequest, intervention: Intervention) -> HttpResponse:
    rights.require_change(request.user, intervention)
    form = NoteForm(request.POST)
    if form.is_valid():
        submit_once(form.cleaned_data["submission"], request.user, lambda: _add(form, intervention, request.user))
        messages.success(request, _("La note est ajoutée."))
    for error in form.errors.get("text", ()):
        messages.error(request, str(error))
    return redirect(f"{intervention.get_absolute_url()}#told")


def _add(form: NoteForm, job: Intervention, by: Any) -> Intervention:
    services.add_note(job, form.cleaned_data["text"], by=by)
    return job
