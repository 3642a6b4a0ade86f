"""“Annuler” beside the message of what was done at once: for some minutes, it gives back how things were.

    SUSPENDED = Undo("card-status", give_back, right="access.change_accesscard")
    UNDOS = (SUSPENDED,)   # in the app's module `undos`

    tell_undoable(request, _("La carte est suspendue."), SUSPENDED, card=card.pk, version=card.version)

What to give back travels with the button, signed for the person it was said to. `run` goes through the services, with
their rules, and raises `Stale` where somebody has changed the row since.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any
from uuid import UUID, uuid4

from django.contrib import messages
from django.core import signing
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from fixaloop.discovery import modules
from fixaloop.forms.submissions import submit_once
from fixaloop.records.refusal import Refused, Stale
from fixaloop.web.refusals import require
from fixaloop.web.requests import safe_address

SALT = "fixaloop.undo"
# Longer than the ten seconds it is shown: without a script, the message stays on its page.
SECONDS = 900


@dataclass(frozen=True, eq=False)
class Undo:
    """A way back: `run(values, by=, at=)` gives back how things were, for people with the right, if it takes one."""

    name: str
    run: Callable[..., None]
    right: str = ""


def tell_undoable(request: HttpRequest, sentence: str, undo: Undo, **values: Any) -> None:
    """Say what was done, with the button that takes it back; `values` are plain enough for JSON."""
    kept = [undo.name, request.user.pk, str(uuid4()), values]
    messages.success(request, sentence, extra_tags=signing.dumps(kept, salt=SALT, compress=True))


@require_POST
def undo(request: HttpRequest) -> HttpResponse:
    """Take back what a button stands for; the same button a second time changes nothing."""
    back = safe_address(request, request.POST.get("next")) or "/"
    try:
        name, person, key, values = signing.loads(request.POST.get("undo", ""), salt=SALT, max_age=SECONDS)
    except signing.BadSignature:
        name, person, key, values = "", None, "", {}
    found = _by_name().get(name)
    if found is None or person != request.user.pk:
        messages.error(request, _("Il est trop tard pour annuler d’ici : rien n’est changé."))
        return redirect(back)
    require(request.user, *filter(None, (found.right,)))
    _run(request, found, UUID(key), values)
    return redirect(back)


def _run(request: HttpRequest, found: Undo, token: UUID, values: Mapping[str, Any]) -> None:
    try:
        submit_once(
            token,
            request.user,
            lambda: found.run(values, by=request.user, at=timezone.now()),
            lambda nothing: "/",
        )
    except Stale:
        messages.error(request, _("Quelqu’un y a touché entre-temps : rien n’est annulé."))
    except Refused as why:
        messages.error(request, str(why))
    else:
        messages.success(request, _("C’est annulé."))


@cache
def _by_name() -> Mapping[str, Undo]:
    return {undo.name: undo for module in modules("undos").values() for undo in module.UNDOS}
