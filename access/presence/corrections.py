"""The forms that put right who is inside: when somebody left, an entry that was a mistake, a zone that is empty."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import number_format
from django.utils.translation import gettext as _, gettext_lazy, ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from access import services
from access.declared.undos import STAY, stay_of
from access.entries.pages import ENTRIES
from access.gate import persons
from access.models import Entry, Event, Zone
from access.models.entries import SEE_MONEY, EntryQuerySet
from access.shared.pages import form_page
from fixaloop.forms.fields import MomentField, TidyForm, sent
from fixaloop.forms.parsing import parse_key
from fixaloop.forms.submissions import SubmissionField, already_created, submit_once
from fixaloop.forms.undo import tell_undoable
from fixaloop.records.refusal import Refused, Stale
from fixaloop.web.refusals import permission_required
from fixaloop.words.dates import full_moment
from fixaloop.words.money import euros
from fixaloop.words.text import person_name

CORRECT = "access.correct_entry"
# As many as the page « Qui est là » shows.
MOST_CHOSEN = 100


class CorrectionForm(TidyForm, forms.Form):
    reason = forms.CharField(label=gettext_lazy("Motif"), max_length=200)
    mark = forms.CharField(required=False, widget=forms.HiddenInput)
    submission = SubmissionField()
    # What somebody else did meanwhile.
    conflict: dict[str, Any] | None = None


class ExitForm(CorrectionForm):
    exited_at = MomentField(label=gettext_lazy("Sortie le"))

    field_order = ("exited_at", "reason")

    def clean_exited_at(self) -> datetime:
        return as_moment(self.cleaned_data["exited_at"])


def as_moment(typed: datetime) -> datetime:
    """A typed minute; the present one stands for now, so that who came in this minute can have left in it."""
    now = timezone.now()
    return now if typed == now.replace(second=0, microsecond=0) else typed


def _correct(entry: Entry, form: CorrectionForm, by: Any) -> Entry:
    cleaned = form.cleaned_data
    return services.correct_exit(
        entry, cleaned["exited_at"], reason=cleaned["reason"], by=by, mark=cleaned.get("mark", "")
    )


def _void(entry: Entry, form: CorrectionForm, by: Any) -> Entry:
    return services.void(entry, reason=form.cleaned_data["reason"], by=by, mark=form.cleaned_data.get("mark", ""))


@dataclass(frozen=True)
class Correction:
    """One of the two corrections of an entry: its form, what does it, its words."""

    form: type[CorrectionForm]
    do: Callable[[Entry, CorrectionForm, Any], Entry]
    title: Any
    submit: Any
    done: Any
    refused_field: str | None = None

    def page(self, request: HttpRequest, entry: Entry) -> HttpResponse:
        if request.method == "POST" and (url := already_created(request.POST)):
            return redirect(url)
        form = self.form(sent(request), initial={"mark": entry.mark, "exited_at": entry.exited_at or timezone.now()})
        before = stay_of(entry)
        if form.is_valid() and (url := self._done(request, entry, form)):
            tell_undoable(request, self.done, STAY, mark=Entry.objects.get(pk=entry.pk).mark, **before)
            return redirect(url)
        seen = Entry.objects.select_related("client", "zone").get(pk=entry.pk)
        context = {
            "entry": seen,
            "money": _money(seen, request.user) if self.do is _void else "",
            "title": str(self.title),
            "submit_label": str(self.submit),
            "cancel_url": entry.get_absolute_url(),
            "crumbs": ENTRIES.crumbs(entry, self.title),
        }
        return form_page(request, "access/presence/correction.html", form, context)

    def _done(self, request: HttpRequest, entry: Entry, form: CorrectionForm) -> str:
        try:
            return submit_once(
                form.cleaned_data["submission"], request.user, lambda: self.do(entry, form, request.user)
            )
        except Stale:
            _tell_conflict(form, entry)
        except Refused as refusal:
            form.add_error(self.refused_field, str(refusal))
        return ""


LEFT = Correction(
    ExitForm,
    _correct,
    gettext_lazy("Noter la sortie"),
    gettext_lazy("Noter la sortie"),
    gettext_lazy("La sortie est notée."),
    "exited_at",
)
VOID = Correction(
    CorrectionForm,
    _void,
    gettext_lazy("Annuler l’entrée"),
    gettext_lazy("Annuler cette entrée"),
    gettext_lazy("L’entrée est annulée : elle ne compte plus."),
)


@never_cache
@ENTRIES.get_or_post(CORRECT)
def left(request: HttpRequest, entry: Entry) -> HttpResponse:
    return LEFT.page(request, entry)


@never_cache
@ENTRIES.get_or_post(CORRECT)
def void(request: HttpRequest, entry: Entry) -> HttpResponse:
    return VOID.page(request, entry)


def _money(entry: Entry, user: Any) -> str:
    if not user.has_perm(SEE_MONEY):
        return ""
    if entry.paid_amount > 0:
        message = _("%(paid)s ont été payés pour cette entrée : plus rien ne sera dû, et ils seront à rendre.")
        return message % {"paid": euros(entry.paid_amount)}
    if entry.amount_due:
        return _("%(due)s ne seront plus dus.") % {"due": euros(entry.amount_due)}
    return ""


def _tell_conflict(form: CorrectionForm, entry: Entry) -> None:
    """Show what somebody did since the page was read; sending it again is done knowingly."""
    stored = Entry.objects.get(pk=entry.pk)
    event = stored.events.select_related("actor", "device").order_by("-recorded_at", "-pk").first()
    typed: Any = form.data.copy()  # type: ignore[attr-defined]
    typed["mark"] = stored.mark
    form.data = typed
    changes = [{"label": _("Sortie"), "mine": _asked(form), "theirs": _now(stored)}]
    if event is not None and event.text:
        changes.append({"label": _("Motif"), "mine": form.cleaned_data["reason"], "theirs": event.text})
    form.conflict = {"changes": changes, "by": _who(event), "at": event.recorded_at if event else None}


def _asked(form: CorrectionForm) -> str:
    exited_at = form.cleaned_data.get("exited_at")
    return full_moment(exited_at) if exited_at else _("Entrée annulée")


def _now(entry: Entry) -> str:
    if entry.voided_at is not None:
        return _("Entrée annulée")
    return full_moment(entry.exited_at) if entry.exited_at else _("Sur place")


def _who(event: Event | None) -> str:
    if event is None:
        return ""
    return person_name(event.actor) if event.actor else str(event.device or "")


# Several at once


class SeveralForm(TidyForm, forms.Form):
    """The stays that end together: the chosen ones, or all of a zone with its zones, or all of the site."""

    exited_at = MomentField(label=gettext_lazy("Sortie le"))
    reason = forms.CharField(label=gettext_lazy("Motif"), max_length=200)
    # The last stay that the page knew of: who came in since stays inside.
    last = forms.IntegerField(required=False, widget=forms.HiddenInput)
    submission = SubmissionField()

    def clean_exited_at(self) -> datetime:
        moment = as_moment(self.cleaned_data["exited_at"])
        if moment > timezone.now():
            raise ValidationError(_("Cette sortie est à venir : notez-la quand elle a eu lieu."), "future")
        return moment


@dataclass(frozen=True)
class Chosen:
    """What the address or the form names: stays, a zone, or everything where it names neither."""

    stays: tuple[int, ...] = ()
    zone: Zone | None = None

    @property
    def rows(self) -> EntryQuerySet:
        if self.stays:
            return Entry.objects.filter(pk__in=self.stays)
        return persons.stays_in(self.zone) if self.zone is not None else Entry.objects.open().people().order_by()

    @property
    def title(self) -> str:
        if self.stays:
            return _("Noter leur sortie")
        if self.zone is not None:
            return _("Plus personne dans %(zone)s") % {"zone": self.zone.name}
        return _("Tout le monde est sorti")


def _chosen(data: QueryDict) -> Chosen | None:
    """None for what makes no sense: a zone that is gone, too many stays."""
    keys = [parse_key(text) for text in data.getlist("stay")]
    if len(keys) > MOST_CHOSEN or None in keys:
        return None
    asked = data.get("zone", "")
    zone = Zone.objects.filter(pk=parse_key(asked) or 0).first()
    return None if asked and zone is None else Chosen(tuple(key for key in keys if key is not None), zone)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@permission_required(CORRECT)
def several(request: HttpRequest) -> HttpResponse:
    if request.method == "POST" and (url := already_created(request.POST)):
        return redirect(url)
    chosen = _chosen(request.POST if request.method == "POST" else request.GET)
    if chosen is None:
        messages.error(request, _("Ce choix n’a plus de sens : recommencez."))
        return redirect("access:occupancy")
    inside = chosen.rows.open()
    last = Entry.objects.order_by("-pk").values_list("pk", flat=True).first()
    form = SeveralForm(sent(request), initial={"exited_at": timezone.now(), "last": last})
    if form.is_valid():
        ended = _end(request, chosen, form)
        if ended:
            messages.success(request, _told(ended))
            _tell_late(request, inside)
            return redirect("access:occupancy")
    context = {
        "title": chosen.title,
        "chosen": chosen,
        "people": inside.select_related("client", "card", "vehicle", "zone").order_by("entered_at", "pk")[:MOST_CHOSEN],
        "count": number_format(inside.count(), force_grouping=True),
        "nobody": _nobody(chosen) if form.is_bound and not form.errors else None,
        "cancel_url": reverse("access:occupancy"),
    }
    status = 409 if context["nobody"] else 422 if form.errors else 200
    return render(request, "access/presence/corrections.html", {"form": form, **context}, status=status)


def _end(request: HttpRequest, chosen: Chosen, form: SeveralForm) -> int:
    """How many stays ended: 0 if somebody else was quicker, and then the form may be sent again."""
    cleaned: Mapping[str, Any] = form.cleaned_data
    stays = chosen.rows.filter(pk__lte=cleaned["last"]) if cleaned["last"] else chosen.rows
    ended: list[int] = []
    by: Any = request.user

    def end() -> int:
        count = services.end_stays(
            stays,
            cleaned["exited_at"],
            reason=cleaned["reason"],
            by=by,
            emptied=not chosen.stays,
        )
        if not count:
            raise Stale
        ended.append(count)
        return count

    try:
        submit_once(cleaned["submission"], request.user, end, lambda count: reverse("access:occupancy"))
    except Stale:
        return 0
    return sum(ended)


def _told(count: int) -> str:
    said = ngettext("%(count)s sortie est notée.", "%(count)s sorties sont notées.", count)
    return said % {"count": number_format(count, force_grouping=True)}


def _tell_late(request: HttpRequest, inside: QuerySet[Entry]) -> None:
    if late := inside.count():
        said = ngettext(
            "%(count)s personne entrée depuis reste sur place.",
            "%(count)s personnes entrées depuis restent sur place.",
            late,
        )
        messages.warning(request, said % {"count": number_format(late, force_grouping=True)})


def _nobody(chosen: Chosen) -> dict[str, Any]:
    """Why nobody was left to write out: the last thing that happened to these stays."""
    events = Event.objects.filter(kind=Event.Kind.EXIT).select_related("actor", "device", "client")
    if chosen.stays:
        events = events.filter(entry__in=chosen.stays)
    elif chosen.zone is not None:
        events = events.filter(zone__path__startswith=chosen.zone.path)
    event = events.order_by("-at", "-pk").first()
    if event is None:
        return {"by": ""}
    return {"by": _who(event), "at": event.recorded_at, "text": event.text, "client": event.client}
