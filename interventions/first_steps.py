"""The first run of a real installation: steps for the administrator, until all are done or the list is put away."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.contrib.auth.models import User
from django.core.cache import cache
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST

from access.models import Device
from clients.models import Client
from fixaloop.installation.marks import BACKED_UP, NIGHTLY, PUT_AWAY, REAL, mark, marks_there
from fixaloop.installation.models import Firm
from fixaloop.web.refusals import permission_required

RIGHT = "fixaloop.change_firm"
OVER = "first_steps.over"
# Seconds for which a process does not ask again.
QUIET = 60


@dataclass(frozen=True)
class Step:
    """What to do once; `page` is where, or empty for what is done in a terminal."""

    label: Any
    detail: Any
    page: str
    is_done: Callable[[set[str]], bool]


@dataclass(frozen=True)
class Told:
    label: Any
    detail: Any
    url: str
    done: bool


STEPS = (
    Step(_("Votre entreprise"), _("nom, adresse, SIRET, horaires"), "firm", lambda marks: Firm.objects.exists()),
    Step(
        _("Les comptes de vos collègues"),
        _("un par personne, avec un groupe"),
        "accounts:new",
        lambda marks: len(User.objects.values("pk")[:2]) > 1,
    ),
    Step(
        _("Vos clients"),
        _("importez votre fichier, ou saisissez-les"),
        "imports:new",
        lambda marks: Client.objects.exists(),
    ),
    Step(
        _("Une zone et son lecteur"),
        _("l’appareil donne son jeton au lecteur"),
        "access:zone-new",
        lambda marks: Device.objects.exists(),
    ),
    Step(
        _("Les PC de vos collègues"),
        _("make run LAN=1 affiche les adresses à saisir"),
        "",
        lambda marks: bool(settings.IS_REACHABLE),
    ),
    Step(
        _("Le travail de chaque nuit"),
        _("manage.py systemd l’installe, avec le démarrage"),
        "",
        lambda marks: NIGHTLY in marks,
    ),
    Step(
        _("Une sauvegarde"),
        _("manage.py backup FICHIER.tar, chaque jour, sur un autre disque"),
        "",
        lambda marks: BACKED_UP in marks,
    ),
)


def first_steps(user: Any) -> list[Told]:
    """The steps and which are done, if the person may set up a real installation; none once that is over."""
    if not user.has_perm(RIGHT) or cache.get(OVER):
        return []
    marks = marks_there((REAL, PUT_AWAY, NIGHTLY, BACKED_UP))
    steps = _told(marks) if REAL in marks and PUT_AWAY not in marks else []
    if all(step.done for step in steps):
        cache.set(OVER, True, QUIET)
        return []
    return steps


def _told(marks: set[str]) -> list[Told]:
    return [Told(step.label, step.detail, _url(step.page), step.is_done(marks)) for step in STEPS]


def _url(page: str) -> str:
    return reverse(page) if page else ""


@require_POST
@permission_required((RIGHT,))
def put_away(request: HttpRequest) -> HttpResponse:
    mark(PUT_AWAY)
    return redirect("dashboard")
