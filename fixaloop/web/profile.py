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
from fixaloop.notices.bell import newest
from fixaloop.words.text import person_name


class ProfileForm(forms.Form):
    language = forms.ChoiceField(
        label=gettext_lazy("Langue de l’interface"),
        required=False,
        choices=(("", gettext_lazy("Celle du navigateur")), ("fr", "Français"), ("en", "English")),
        widget=forms.RadioSelect,
        help_text=gettext_lazy("Sur tous vos appareils, et pour les fichiers et les e-mails que vous recevez."),
    )
    notices_mail = forms.ChoiceField(
        label=gettext_lazy("Notifications par e-mail"),
        required=False,
        choices=Preference.NoticesMail.choices,
        widget=forms.RadioSelect,
    )

    def __init__(self, user: Any, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["notices_mail"]
        field.disabled = not (settings.MAIL_IS_SET_UP and user.email)
        field.help_text = _about_mail(user)


def _about_mail(user: Any) -> str:
    if not settings.MAIL_IS_SET_UP:
        return _("L’envoi d’e-mails n’est pas réglé sur ce serveur : rien n’est envoyé.")
    if not user.email:
        return _("Votre compte n’a pas d’adresse e-mail : un administrateur peut l’ajouter.")
    return _("À %(email)s. Une fois par jour : le matin, ce que vous n’avez pas encore lu.") % {"email": user.email}


@require_http_methods(["GET", "HEAD", "POST"])
def profile(request: HttpRequest) -> HttpResponse:
    user: Any = request.user
    initial = {"language": chosen_language(user), "notices_mail": chosen_mail(user)}
    form = ProfileForm(user, sent(request), initial=initial)
    if form.is_bound and form.is_valid():
        choose_language(user, form.cleaned_data["language"])
        choose_mail(user, form.cleaned_data["notices_mail"])
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
    """Django’s view, which keeps a cookie; once signed in, the choice is kept in the account."""
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


def choose_mail(user: Any, mail: str) -> None:
    """Keep how notices are sent to a person, from the next one on; nothing chosen leaves it as it is."""
    if mail and mail != chosen_mail(user):
        Preference.objects.update_or_create(user=user, defaults={"notices_mail": mail, "mailed_upto": newest()})


def chosen_mail(user: Any) -> str:
    preference: Preference | None = getattr(user, "preference", None)
    return preference.notices_mail if preference else Preference.NoticesMail.NONE
