"""What every page about one thing of access needs: the right, the thing, who may do what."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from functools import wraps
from typing import Any

from django.contrib.auth.decorators import permission_required
from django.db.models import QuerySet
from django.forms import BaseForm
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from access.hours import show_hours
from access.models import AccessCard, Device, Entry, Event, Tag, Vehicle, Zone
from fixaloop.forms.conflicts import tell_conflict
from fixaloop.records.history import Change, read_changes, show_value

View = Callable[..., HttpResponseBase]
CLIENT = ("client__company", "client__status_by")
THINGS: dict[str, QuerySet[Any]] = {
    "card": AccessCard.objects.select_related(*CLIENT),
    "vehicle": Vehicle.objects.select_related(*CLIENT),
    "entry": Entry.objects.select_related(*CLIENT, "card", "vehicle", "zone", "device_in", "device_out"),
    "event": Event.objects.select_related(*CLIENT, "card", "vehicle", "zone", "device", "actor", "entry"),
    "zone": Zone.objects.select_related("parent"),
    "device": Device.objects.select_related("zone"),
    "tag": Tag.objects.all(),
}
UNSAID = ("id", "created_at", "status_at", "everywhere", "token_at")
HISTORY_LENGTH = 25


def page_of(kind: str, *rights: str) -> Callable[[View], View]:
    """Open a page about one thing to those who have all these rights; then only is it looked up."""

    def decorate(view: View) -> View:
        @permission_required(rights, raise_exception=True)
        @wraps(view)
        def page(request: HttpRequest, pk: int, **kwargs: Any) -> HttpResponseBase:
            found = THINGS[kind].all().filter(pk=pk).first()
            if found is None:
                raise Http404(_("Cela n’existe pas, ou n’existe plus."))
            return view(request, found, **kwargs)

        return page

    return decorate


def rights_of(user: Any, **rights: str) -> dict[str, bool]:
    """What somebody may do on a page, by a word for it."""
    return {name: user.has_perm(right) for name, right in rights.items()}


def changes(thing: Any, count: int = HISTORY_LENGTH) -> list[Change]:
    """The last changes of a thing that keeps a history."""
    records = thing.history.select_related("history_user")
    found, _more = read_changes(records, start=0, count=count, unsaid=UNSAID, show=_shown)
    return found


def _shown(record: Any, field: Any) -> str:
    value = getattr(record, field.name, None)
    if isinstance(value, bool):
        return _("oui") if value else _("non")
    if isinstance(value, dict):
        return show_hours(value)
    if isinstance(value, date) and not isinstance(value, datetime):
        return date_format(value, "SHORT_DATE_FORMAT")
    return show_value(record, field)


def conflict(form: BaseForm, theirs: BaseForm, stored: Any) -> dict[str, Any]:
    """What somebody else changed since the form was opened; saving again then overwrites knowingly."""
    found = changes(stored, count=1)
    return tell_conflict(form, theirs, stored.version, found[0]) if found else {"conflict": {"changes": []}}


def form_page(
    request: HttpRequest, template: str, form: BaseForm, context: dict[str, Any], status: int = 0
) -> HttpResponse:
    """A form, with what is wrong in it: 422, or 409 where the page was stale."""
    return render(request, template, context | {"form": form}, status=status or (422 if form.errors else 200))


def crumbs(*steps: tuple[Any, str]) -> list[dict[str, Any]]:
    """Where one is: (label, address), the last without an address."""
    return [{"label": label, "url": url} for label, url in steps]
