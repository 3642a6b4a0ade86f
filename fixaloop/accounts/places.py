"""Where somebody signs in: what is new about it is told to them.

A browser is known by a signed cookie that names the accounts which were signed in to there, a place by its block of
addresses. Phones change their address all the time and browsers are cleared: only what is new in both is told.
"""

from datetime import datetime, timedelta

from django.conf import settings
from django.contrib.auth.models import User
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from fixaloop.accounts.guesses import know_place, place_of
from fixaloop.accounts.models import KnownPlace
from fixaloop.accounts.telling import tell_changed
from fixaloop.web.requests import address_of

COOKIE, SALT = f"{settings.COOKIES}known_accounts", "fixaloop.accounts.places"
KEPT = timedelta(days=180)
# The most accounts that one browser remembers: a whole team may share a PC.
MOST = 30
BROWSERS = {"Edg": "Edge", "OPR": "Opera", "Firefox": "Firefox", "Chrome": "Chrome", "Safari": "Safari"}
SYSTEMS = {
    "Windows": "Windows",
    "Android": "Android",
    "iPhone": "iPhone",
    "iPad": "iPad",
    "Mac OS": "macOS",
    "CrOS": "ChromeOS",
    "Linux": "Linux",
}


def device_of(agent: str) -> str:
    """“Firefox · Windows”: the browser and the system it says it is."""
    found = [next((said for sign, said in known.items() if sign in agent), "") for known in (BROWSERS, SYSTEMS)]
    return " · ".join(filter(None, found)) or _("Appareil inconnu")


def note_place(request: HttpRequest, response: HttpResponse, user: User, at: datetime) -> None:
    """Keep where somebody signed in, and tell them if nobody ever did so there; of the first time there is no word."""
    here, known = str(user.pk), _known_here(request)
    places = KnownPlace.objects.filter(user=user)
    place = place_of(address_of(request))
    is_new = here not in known and bool(places) and not any(row.place == place for row in places)
    know_place(user, address_of(request), at)
    if is_new:
        device = device_of(request.headers.get("User-Agent", ""))
        tell_changed(user, "new_place", at, device=device, place=place)
    known = [here, *(key for key in known if key != here)][:MOST]
    response.set_signed_cookie(
        COOKIE,
        "-".join(known),
        salt=SALT,
        max_age=KEPT,
        httponly=True,
        samesite="Lax",
        secure=settings.SESSION_COOKIE_SECURE,
    )


def _known_here(request: HttpRequest) -> list[str]:
    kept = request.get_signed_cookie(COOKIE, default="", salt=SALT, max_age=KEPT)
    return (kept or "").split("-") if kept else []
