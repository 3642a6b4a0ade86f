"""Who does something grave proves again who they are: by the password or a code, a few minutes ago at most."""

from collections.abc import Callable
from datetime import datetime, timedelta
from functools import wraps
from typing import Any

from django import forms
from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _, gettext_lazy
from django.views.decorators.http import require_http_methods

from fixaloop.accounts.factors import check_code, has_factor
from fixaloop.accounts.held import Held, in_turn
from fixaloop.accounts.sessions import OpenSession, is_vouched
from fixaloop.forms.fields import sent
from fixaloop.web.requests import come_back, page_before, safe_address

PROVED = "proved"
View = Callable[..., Any]


class ProofForm(forms.Form):
    proof = forms.CharField(
        label=gettext_lazy("Mot de passe"),
        strip=False,
        max_length=200,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password", "autofocus": True}),
    )


def is_fresh(request: HttpRequest, at: datetime) -> bool:
    """Whether somebody proved lately who they are; a sign-in is a proof."""
    # Whose provider was asked lately proves it there.
    if not settings.STEP_UP_MINUTES or is_vouched(request):
        return True
    proved = request.session.get(PROVED)
    since = datetime.fromisoformat(proved) if proved else _opened(request)
    return since is not None and at - since < timedelta(minutes=settings.STEP_UP_MINUTES)


def _opened(request: HttpRequest) -> datetime | None:
    rows = OpenSession.objects.filter(session_key=request.session.session_key)
    return rows.values_list("started_at", flat=True).first()


def proof_needed(request: HttpRequest, *, file: bool = False) -> HttpResponse | None:
    """A redirect to the page that asks for a proof, and then back to this one; None if the last proof is fresh.

    What is sent, or a file, is asked for again on the page where one was.
    """
    if is_fresh(request, timezone.now()):
        return None
    is_page = request.method in ("GET", "HEAD") and not file
    back = request.get_full_path() if is_page else page_before(request) or "/"
    return redirect(come_back(reverse("confirm"), next=back))


def proof_required(view: View) -> View:
    @wraps(view)
    def page(request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        return proof_needed(request) or view(request, *args, **kwargs)

    return page


@require_http_methods(["GET", "HEAD", "POST"])
def confirm(request: HttpRequest) -> HttpResponse:
    form = ProofForm(sent(request))
    back = safe_address(request, request.POST.get("next") or request.GET.get("next")) or "/"
    if form.is_valid() and _proves(request, form):
        request.session[PROVED] = timezone.now().isoformat()
        messages.success(request, _("C’est confirmé : vous pouvez continuer."))
        return redirect(back)
    context = {
        "form": form,
        "next": back,
        "has_factor": has_factor(request.user),
        "page_title": _("Confirmez que c’est vous"),
    }
    return render(request, "accounts/confirm.html", context, status=422 if form.errors else 200)


def _proves(request: HttpRequest, form: ProofForm) -> bool:
    user: Any = request.user
    typed, at = form.cleaned_data["proof"], timezone.now()
    try:
        if in_turn(request, user.username, lambda: user.check_password(typed) or check_code(user, typed, at)):
            return True
        form.add_error("proof", _("Ce n’est ni votre mot de passe, ni un code qui vaut maintenant."))
    except Held as held:
        form.add_error("proof", held.sentence())
    return False
