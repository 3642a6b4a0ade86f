"""Refusals that know which rights would have opened the door, and the page that says so."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from functools import wraps
from http import HTTPStatus
from typing import Any

from django.apps import apps
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from fixaloop.audit.trail import note_refused
from fixaloop.groups import DIRECTION
from fixaloop.installation.firm import firm
from fixaloop.web.rights import Right, right_of
from fixaloop.words.text import person_name

MOST_NAMES = 5
# The page of a table in the administration → what it takes.
ADMIN_VERBS = {"add": "add", "delete": "delete", "change": "view", "changelist": "view", "history": "view"}

View = Callable[..., Any]


class Lacking(PermissionDenied):
    """A 403 that names its rights: all of `rights` are needed, or `any_of` them is enough."""

    def __init__(self, *rights: str, any_of: bool = False) -> None:
        super().__init__(*rights)
        self.rights = rights
        self.any_of = any_of


def permission_required(rights: str | Sequence[str]) -> Callable[[View], View]:
    """Refuse who lacks one of these rights, before the view looks anything up."""
    needed = (rights,) if isinstance(rights, str) else tuple(rights)

    def decorate(view: View) -> View:
        @wraps(view)
        def page(request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
            require(request.user, *needed)
            return view(request, *args, **kwargs)

        return page

    return decorate


def any_permission_required(*rights: str) -> Callable[[View], View]:
    def decorate(view: View) -> View:
        @wraps(view)
        def page(request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
            require_any(request.user, *rights)
            return view(request, *args, **kwargs)

        return page

    return decorate


def require(user: Any, *rights: str) -> None:
    if not user.has_perms(rights):
        raise Lacking(*rights)


def require_any(user: Any, *rights: str) -> None:
    if not any(map(user.has_perm, rights)):
        raise Lacking(*rights, any_of=True)


def forbidden(request: HttpRequest, exception: Exception) -> HttpResponse:
    """403. It depends on the page and the person alone, never on whether the record of the address exists."""
    rights, any_of = _rights_asked(request, exception)
    lacking = [right_of(right) for right in rights if not request.user.has_perm(right)]
    note_refused(request, rights)
    givers = givers_of_rights()
    if getattr(request, "htmx", False):
        text = " ".join(filter(None, (_say(lacking, any_of=any_of), _say_who(givers))))
        return HttpResponse(text, status=HTTPStatus.FORBIDDEN, content_type="text/plain; charset=utf-8")
    context = {"lacking": lacking, "any_of": any_of, "givers": givers, "contact": firm()["email"]}
    return render(request, "403.html", context, status=HTTPStatus.FORBIDDEN)


def givers_of_rights() -> list[str]:
    """The names of some people who give rights: Direction, or the administrators where it has nobody."""
    people = User.objects.filter(is_active=True).order_by("last_name", "first_name", "username")
    found = people.filter(groups__name=DIRECTION)[:MOST_NAMES] or people.filter(is_superuser=True)[:MOST_NAMES]
    return [person_name(user) for user in found]


def _rights_asked(request: HttpRequest, exception: Exception) -> tuple[Collection[str], bool]:
    if isinstance(exception, Lacking):
        return exception.rights, exception.any_of
    match = request.resolver_match
    app_label, _start, rest = (match.url_name or "").partition("_") if match else ("", "", "")
    model, _dash, page = rest.rpartition("_")
    if (
        match is None
        or match.namespace != "admin"
        or page not in ADMIN_VERBS
        or model not in apps.all_models[app_label]
    ):
        return (), False
    verb = "change" if page == "change" and request.method == "POST" else ADMIN_VERBS[page]
    return (f"{app_label}.{verb}_{model}",), False


def _say(lacking: Sequence[Right], *, any_of: bool) -> str:
    if not lacking:
        return _("Votre compte n’a pas le droit de faire cela.")
    names = ", ".join(_("« %(right)s »") % {"right": right.label} for right in lacking)
    if len(lacking) == 1:
        text = _("Il vous manque ce droit : %(rights)s.")
    elif any_of:
        text = _("Il vous manque un de ces droits : %(rights)s.")
    else:
        text = _("Il vous manque ces droits : %(rights)s.")
    return text % {"rights": names}


def _say_who(givers: Sequence[str]) -> str:
    return _("Peuvent le donner : %(names)s.") % {"names": ", ".join(givers)} if givers else ""
