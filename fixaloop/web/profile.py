"""`/profile/`: what a person sets for themselves, kept with the account; and the switch of language in the menu."""

from typing import Any

from django import forms
from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.contrib.auth.models import User
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils import translation
from django.utils.translation import gettext as _, gettext_lazy
from django.views.decorators.http import require_http_methods
from django.views.i18n import set_language

from fixaloop.forms.fields import sent
from fixaloop.models import Preference
from fixaloop.words.text import person_name


class ProfileForm(forms.Form):
    language = forms.ChoiceField(
        label=gettext_lazy("Langue de l’interface"),
        required=False,
        choices=(("", gettext_lazy("Celle du navigateur")), ("fr", "Français"), ("en", "English")),
        widget=forms.RadioSelect,
        help_text=gettext_lazy("Sur tous vos appareils, et pour les fichiers et les e-mails que vous recevez."),
    )


@require_http_methods(["GET", "HEAD", "POST"])
def profile(request: HttpRequest) -> HttpResponse:
    user: Any = request.user
    form = ProfileForm(sent(request), initial={"language": chosen_language(user)})
    if form.is_bound and form.is_valid():
        choose_language(user, form.cleaned_data["language"])
        response = redirect("profile")
        # Chosen before signing in, on this browser: the account has the last word now.
        response.delete_cookie(settings.LANGUAGE_COOKIE_NAME)
        with translation.override(form.cleaned_data["language"] or translation.get_language()):
            messages.success(request, _("Votre choix est enregistré."))
        return response
    context = {"form": form, "page_title": _("Mon profil"), "name": person_name(user)}
    return render(request, "profile.html", context, status=422 if form.errors else 200)


@login_not_required
def change_language(request: HttpRequest) -> HttpResponseBase:
    """Django’s own, which keeps a cookie; of who is signed in, the choice stays with the account."""
    language = request.POST.get("language", "")
    if request.user.is_authenticated and request.method == "POST" and language in dict(settings.LANGUAGES):
        choose_language(request.user, language)
    return set_language(request)


def choose_language(user: User, language: str) -> None:
    Preference.objects.update_or_create(user=user, defaults={"language": language})


def chosen_language(user: Any) -> str:
    """The language that an account has chosen, empty where it follows the browser."""
    preference: Preference | None = getattr(user, "preference", None)
    return preference.language if preference else ""
