"""The form of an account."""

import json
from itertools import count
from typing import Any

from django import forms
from django.conf import settings
from django.contrib.auth.models import Group, User
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.utils.crypto import salted_hmac
from django.utils.text import slugify
from django.utils.translation import gettext as _, gettext_lazy

from fixaloop.accounts.services import groups_given_by
from fixaloop.forms.fields import TidyForm
from fixaloop.forms.submissions import SubmissionField
from fixaloop.groups import EXPLAINED

COLUMNS = ("first_name", "last_name", "email", "username")
NONE, KEEP = "none", "keep"
TAKEN = gettext_lazy("Cet identifiant est déjà pris : choisissez-en un autre.")


class PasswordField(forms.CharField):
    """A password as it was typed, spaces included."""

    widget = forms.PasswordInput(attrs={"autocomplete": "new-password"})


class AccountForm(TidyForm, forms.Form):
    first_name = forms.CharField(label=gettext_lazy("Prénom"), max_length=150)
    last_name = forms.CharField(label=gettext_lazy("Nom"), max_length=150)
    email = forms.EmailField(label=gettext_lazy("E-mail"), max_length=254, required=False)
    username = forms.CharField(
        label=gettext_lazy("Identifiant"),
        max_length=150,
        required=False,
        validators=[User.username_validator],
        widget=forms.TextInput(attrs={"autocomplete": "off", "autocapitalize": "none", "spellcheck": "false"}),
    )
    group = forms.ChoiceField(label=gettext_lazy("Groupe"), widget=forms.RadioSelect)
    password = PasswordField(required=False, strip=False)
    # A fingerprint of the account when the page was opened.
    version = forms.CharField(required=False, widget=forms.HiddenInput)
    submission = SubmissionField()

    def __init__(self, by: Any, user: User, *args: Any, **kwargs: Any) -> None:
        self.user, self.is_new = user, user.pk is None
        self.groups = groups_given_by(by)
        own = [] if self.is_new else list(user.groups.order_by("name"))
        initial = {} if self.is_new else {name: getattr(user, name) for name in COLUMNS} | {"group": _place(own)}
        super().__init__(*args, initial=initial, **kwargs)
        self.fields["group"].choices = self._choices(own)  # type: ignore[attr-defined]
        self.fields["password"].label, self.fields["password"].help_text = self._about_password()
        if not self.is_new:
            sent = json.dumps([self.initial, [group.pk for group in own]])
            self.initial["version"] = salted_hmac("fixaloop.accounts", sent, algorithm="sha256").hexdigest()
            self.fields["username"].required = True
        else:
            self.fields["username"].help_text = _("Pour se connecter. Vide : prénom.nom.")
        # Nobody closes the door behind themselves; one’s own password has its page, which asks for the present one.
        for name in ("group", "password") if user.pk == by.pk else ():
            del self.fields[name]

    def _choices(self, own: list[Group]) -> list[tuple[str, str]]:
        kept = [(KEEP, _("Garder : %(names)s") % {"names": ", ".join(map(str, own))})] if len(own) > 1 else []
        given = [(str(group.pk), _explained(group)) for group in self.groups]
        return [*kept, *given, (NONE, _("Aucun pour l’instant : la personne ne voit rien"))]

    def _about_password(self) -> tuple[str, str]:
        if not self.is_new:
            return _("Nouveau mot de passe"), _("Vide : il reste le même.")
        hint = _("Douze caractères au moins. La personne en choisit un autre à sa première connexion.")
        if settings.MAIL_IS_SET_UP:
            hint = _("Vide : une invitation part à son e-mail, et la personne choisit le sien.")
        return _("Premier mot de passe"), hint

    @property
    def is_stale(self) -> bool:
        sent = self.data.get("version")
        return not self.is_new and bool(sent) and sent != self.initial["version"]

    @property
    def changed(self) -> list[str]:
        return [name for name in self.changed_data if name not in ("version", "submission")]

    @property
    def chosen_groups(self) -> list[Group] | None:
        """None where they stay as they are."""
        chosen = self.cleaned_data.get("group", KEEP)
        return None if chosen == KEEP else [group for group in self.groups if str(group.pk) == chosen]

    def clean(self) -> dict[str, Any]:
        super().clean()
        data = self.cleaned_data
        if "username" not in self.errors:
            data["username"] = data.get("username") or self._propose()
            self._check_login(data["username"])
        if "password" in self.fields and "password" not in self.errors:
            self._check_password(data["password"])
        return data

    def _propose(self) -> str:
        """prénom.nom, with a number where somebody has it."""
        data = self.cleaned_data
        name = ".".join(filter(None, (slugify(data.get(part, "")) for part in ("first_name", "last_name"))))[:140]
        taken = {
            login.lower()
            for login in User.objects.filter(username__istartswith=name).values_list("username", flat=True)
        }
        return next(login for number in count(1) if (login := name + str(number if number > 1 else "")) not in taken)

    def _check_login(self, login: str) -> None:
        if slugify(login) == "":
            self.add_error("username", _("Indiquez un identifiant."))
        elif User.objects.filter(username__iexact=login).exclude(pk=self.user.pk).exists():
            self.add_error("username", TAKEN)

    def _check_password(self, password: str) -> None:
        if password:
            about = User(**{name: self.cleaned_data.get(name, "") for name in COLUMNS})
            try:
                validate_password(password, about)
            except ValidationError as error:
                self.add_error("password", error)
        elif self.is_new and not settings.MAIL_IS_SET_UP:
            self.add_error("password", _("Donnez un premier mot de passe."))
        elif self.is_new and not self.cleaned_data.get("email"):
            self.add_error("password", _("Donnez un premier mot de passe, ou un e-mail pour l’invitation."))


def _place(own: list[Group]) -> str:
    return KEEP if len(own) > 1 else str(own[0].pk) if own else NONE


def _explained(group: Group) -> str:
    if group.name not in EXPLAINED:
        return group.name
    return _("%(group)s : %(what)s") % {"group": group.name, "what": EXPLAINED[group.name]}
