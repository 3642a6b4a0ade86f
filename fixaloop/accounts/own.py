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
from fixaloop.accounts.places import device_of
from fixaloop.accounts.proof import proof_required
from fixaloop.accounts.sessions import close, close_others, sessions_of


@require_safe
def security(request: HttpRequest) -> HttpResponse:
    user: Any = request.user
    rows = sessions_of(user, timezone.now())
    here = request.session.session_key
    context = {
        "page_title": _("Sécurité du compte"),
        "sessions": [(row, device_of(row.agent), row.session_key == here) for row in rows],
        "factor": Factor.objects.filter(user=user.pk).first(),
        "passkeys": Passkey.objects.filter(user=user.pk),
        "codes_left": codes_left(user),
        "others": sum(row.session_key != here for row in rows),
    }
    return render(request, "accounts/security.html", context)


@require_POST
@proof_required
def sign_out_session(request: HttpRequest) -> HttpResponse:
    name = request.POST.get("session", "")
    if name:
        if close(request.user, name, timezone.now()):
            messages.success(request, _("La session est fermée."))
    else:
        count = close_others(request.user, request.session.session_key)
        said = ngettext("%(count)d autre session est fermée.", "%(count)d autres sessions sont fermées.", count)
        messages.success(request, said % {"count": count})
    return redirect("security")
