"""Pages about one card, vehicle, entry, event, zone, device or tag: rights, look-up, breadcrumbs, saving a form."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from functools import wraps
from typing import Any

from django.contrib import messages
from django.db import IntegrityError, models
from django.forms import BaseForm
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from access.hours import say_hours, say_spans
from access.periods import show_periods
from fixaloop.accounts.sessions import SessionStore
from fixaloop.forms.fields import focus_first
from fixaloop.forms.submissions import VersionedForm, submit_once, tell_conflict
from fixaloop.records.history import Change, read_changes, show_value
from fixaloop.records.refusal import Refused, Stale
from fixaloop.web.refusals import permission_required

View = Callable[..., HttpResponseBase]
Decorator = Callable[[View], View]
Show = Callable[[Any, Any], str]
# A field and its sentence.
Taken = tuple[str, Any]
CLIENT = ("client__company", "client__status_by")
HIDDEN_IN_HISTORY = ("id", "created_at", "status_at", "everywhere", "token_at")
HISTORY_LENGTH = 25
ONCE = "shown_once"
PATIENCE = 600


@dataclass(frozen=True)
class Section:
    """The pages about one kind of record: the heading and URL name of its list, and the rows that pages open."""

    title: Any
    list_name: str
    rows: models.QuerySet[Any]

    def get(self, *rights: str) -> Decorator:
        """A page that only reads: check its rights, then look up the record of the address, if any, and pass it on."""
        return self._view(require_safe, rights)

    def get_or_post(self, *rights: str) -> Decorator:
        return self._view(require_http_methods(["GET", "HEAD", "POST"]), rights)

    def post(self, *rights: str) -> Decorator:
        return self._view(require_POST, rights)

    def _view(self, methods: Decorator, rights: Sequence[str]) -> Decorator:
        def decorate(view: View) -> View:
            @methods
            @permission_required(rights)
            @wraps(view)
            def page(request: HttpRequest, pk: int | None = None, **kwargs: Any) -> HttpResponseBase:
                if pk is None:
                    return view(request, **kwargs)
                found = self.rows.filter(pk=pk).first()
                if found is None:
                    raise Http404(_("Cela n’existe pas, ou n’existe plus."))
                return view(request, found, **kwargs)

            return page

        return decorate

    def crumbs(self, *steps: Any) -> list[dict[str, Any]]:
        """The list, then these records or words; the last one is the page itself and no link."""
        above = [(self.title, reverse(self.list_name)), *((step, step.get_absolute_url()) for step in steps[:-1])]
        return [{"label": str(label), "url": url} for label, url in (*above, (steps[-1], ""))]

    def new(self, title: str, submit_label: str, cancel_url: str = "") -> dict[str, Any]:
        return {
            "title": title,
            "cancel_url": cancel_url or reverse(self.list_name),
            "submit_label": submit_label,
            "crumbs": self.crumbs(title),
        }

    def editing(self, record: Any) -> dict[str, Any]:
        """The context of the form of an existing record; made before the form is checked, which changes it."""
        return {
            "title": _("Modifier %(name)s") % {"name": record},
            "record": record,
            "cancel_url": record.get_absolute_url(),
            "submit_label": _("Enregistrer"),
            "crumbs": self.crumbs(record, _("Modifier")),
        }


def rights_of(user: Any, **rights: str) -> dict[str, bool]:
    return {name: user.has_perm(right) for name, right in rights.items()}


def created(
    request: HttpRequest,
    form: BaseForm,
    create: Callable[[], models.Model],
    *,
    refused_field: str | None = None,
    taken: Taken | None = None,
) -> str:
    """The URL of what a valid form creates, once however often it is sent; empty if nothing, with errors in the form.

    A refusal stands beside `refused_field`; `taken` is for a value that somebody else took since it was checked.
    """
    if request.method == "POST" and form.is_valid():
        with _refusals_in(form, refused_field, taken):
            return submit_once(form.cleaned_data["submission"], request.user, create)
    return ""


def saved(
    request: HttpRequest,
    form: VersionedForm,
    save: Callable[..., Any],
    *,
    linked: Sequence[str] = (),
    taken: Taken | None = None,
) -> bool:
    """Whether a valid form was saved by `save(record, by=…, version=…)`; if not, its errors or `conflict` say why.

    `linked` are the fields, such as tags, that `save` takes beside the record.
    """
    if request.method == "POST" and form.is_valid():
        with _refusals_in(form, None, taken):
            try:
                chosen = {name: form.cleaned_data[name] for name in ("version", *linked)}
                save(form.save(commit=False), by=request.user, **chosen)
            except Stale:
                _tell_conflict(form)
                return False
            messages.success(request, _("Les modifications sont enregistrées."))
            return True
    return False


@contextmanager
def _refusals_in(form: BaseForm, field: str | None, taken: Taken | None) -> Iterator[None]:
    try:
        yield
    except Refused as refusal:
        form.add_error(field, str(refusal))
    except IntegrityError:
        if taken is None:
            raise
        form.add_error(*taken)


def _tell_conflict(form: VersionedForm) -> None:
    """Show what is stored now beside what was typed; sending the form again overwrites it."""
    stored = type(form.instance).objects.get(pk=form.instance.pk)
    form.conflict = tell_conflict(form, type(form)(instance=stored))["conflict"]


def form_page(
    request: HttpRequest, template: str, form: BaseForm, context: dict[str, Any], status: int = 0
) -> HttpResponse:
    """The page of a form: 409 if somebody else was quicker, 422 if something is wrong, unless `status` is given."""
    conflict = getattr(form, "conflict", None)
    focus_first(form)
    status = status or (409 if conflict else 422 if form.errors else 200)
    return render(request, template, context | {"form": form, "conflict": conflict}, status=status)


def changes(record: Any, count: int = HISTORY_LENGTH, show: Show | None = None) -> list[Change]:
    """The last changes of a record; `show` says the values that other records do not have."""
    records = record.history.select_related("history_user")
    found, _more = read_changes(records, start=0, count=count, unsaid=HIDDEN_IN_HISTORY, show=show or show_field)
    return found


def show_field(record: Any, field: Any) -> str:
    value = getattr(record, field.name, None)
    if isinstance(value, bool):
        return _("oui") if value else _("non")
    if isinstance(value, dict):
        return say_hours(value)
    if field.name == "periods":
        return show_periods(value or [])
    if isinstance(value, list):
        return say_spans(value) or _("fermé")
    if isinstance(value, date) and not isinstance(value, datetime):
        return date_format(value, "SHORT_DATE_FORMAT")
    return show_value(record, field)


# Values shown once and stored nowhere else: the code of a card, the token of a device.
#
# Between the form that creates a value and the page that shows it, it waits in a session of its own, for ten minutes at
# most; the user's session holds the key of that session, and the page deletes it. A value that nobody fetched can no
# longer be read, and is deleted with the next one or at night. Once shown, only the page knows the value: its forms
# send it along to print or mail it.


def keep_once(request: HttpRequest, name: str, value: str) -> None:
    """Keep a value for the next page. It is saved at once, not at the end of the request."""
    if not value:
        return
    SessionStore.clear_expired()
    kept = SessionStore()
    kept["value"] = value
    kept.set_expiry(PATIENCE)
    kept.save()
    request.session[ONCE] = {**request.session.get(ONCE, {}), name: kept.session_key}
    request.session.save()


def take_once(request: HttpRequest, name: str) -> str:
    """The value, and forget it; empty if there is none or its time is over. A HEAD request leaves it waiting."""
    waiting = dict(request.session.get(ONCE, {}))
    key = waiting.pop(name, None)
    if key is None or request.method == "HEAD":
        return ""
    request.session[ONCE] = waiting
    kept = SessionStore(key)
    value: str = kept.get("value", "")
    kept.delete(key)
    return value
