"""`/profile/security/`: what opens one’s own account, and where it is open."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _, ngettext
from django.views.decorators.http import require_POST, require_safe

from fixaloop.accounts.factors import codes_left
from fixaloop.accounts.models import Factor, Passkey
from fixaloop.accounts.sessions import OpenSession, close, close_others, sessions_of

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


@require_safe
def security(request: HttpRequest) -> HttpResponse:
    user: Any = request.user
    rows = sessions_of(user, timezone.now())
    here = request.session.session_key
    context = {
        "page_title": _("Sécurité du compte"),
        "sessions": [(row, device_of(row), row.session_key == here) for row in rows],
        "factor": Factor.objects.filter(user=user.pk).first(),
        "passkeys": Passkey.objects.filter(user=user.pk),
        "codes_left": codes_left(user),
        "others": sum(row.session_key != here for row in rows),
    }
    return render(request, "accounts/security.html", context)


def device_of(session: OpenSession) -> str:
    """“Firefox · Windows”: the browser and the system it says it is."""
    found = [next((said for sign, said in known.items() if sign in session.agent), "") for known in (BROWSERS, SYSTEMS)]
    return " · ".join(filter(None, found)) or _("Appareil inconnu")


@require_POST
def sign_out_session(request: HttpRequest) -> HttpResponse:
    """Close a session of one’s own by its name, or all others."""
    name = request.POST.get("session", "")
    if name:
        if close(request.user, name, timezone.now()):
            messages.success(request, _("La session est fermée."))
    else:
        count = close_others(request.user, request.session.session_key)
        said = ngettext("%(count)d autre session est fermée.", "%(count)d autres sessions sont fermées.", count)
        messages.success(request, said % {"count": count})
    return redirect("security")
