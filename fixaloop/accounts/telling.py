"""The notices about accounts: somebody guesses passwords; to a person, what became of their own account."""

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.conf import settings
from django.contrib.auth.models import User
from django.core.mail import EmailMessage
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.formats import date_format
from django.utils.translation import gettext as _, gettext_lazy

from fixaloop.accounts.guesses import OF_ALL, OF_PLACE, Count, place_of
from fixaloop.accounts.invitations import link_to_choose
from fixaloop.installation.firm import firm
from fixaloop.notices.kinds import NoticeKind, Values
from fixaloop.notices.letters import LetterKind, new_letter, queue
from fixaloop.notices.models import Letter, Notice
from fixaloop.notices.telling import tell
from fixaloop.web.profile import chosen_language
from fixaloop.words.text import person_name

GUESSED, GUESSING = "password_guessed", "passwords_guessed"
CHANGED, RESET = "account_changed", "password_reset"
# Whoever may give an account another password.
RIGHTS = ("auth.change_user",)


@dataclass(frozen=True)
class Account:
    """An account as the subject of a notice; nobody’s where all are guessed at."""

    user: User | None = None
    is_own: bool = False

    def get_absolute_url(self) -> str:
        if self.is_own:
            return reverse("profile")
        return reverse("accounts:edit", args=(self.user.pk,)) if self.user else reverse("accounts:list")


def tell_guesses(alarms: Iterable[Count], user: User | None, address: str, at: datetime) -> None:
    """Tell once a day of an account that is guessed at, of a place that guesses, and of too many guesses in all."""
    found = [notice for count in alarms if (notice := _notice(count, user, address, at))]
    if found:
        tell(found)


def _notice(count: Count, user: User | None, address: str, at: datetime) -> Notice | None:
    day = timezone.localdate(at)
    place = "" if count is OF_ALL else place_of(address)
    if count in (OF_PLACE, OF_ALL):
        return Notice(kind=GUESSING, key=f"{GUESSING}-{place}-{day}", at=at, subject=0, values={"place": place})
    if user is None:
        return None
    return Notice(kind=GUESSED, key=f"{GUESSED}-{user.pk}-{day}", at=at, subject=user.pk, values={"place": place})


def tell_changed(user: User, what: str, at: datetime, *, former_email: str = "", **more: str) -> None:
    """Tell a person, on the bell and by e-mail, that `what` of their account was changed (see `WORDS`).

    A letter goes to the former address too, where there is one: that is where the owner reads of a change that
    somebody else made.
    """
    key = f"{CHANGED}-{user.pk}-{what}-{at.timestamp():.3f}"
    values = {"what": what, **more}
    tell([Notice(kind=CHANGED, key=key, at=at, subject=user.pk, to=user, values=values)])
    holder = f"user-{user.pk}"
    if user.email:
        queue([new_letter(CHANGED, key, holder, values, at)])
    if former_email:
        queue([new_letter(CHANGED, f"{key}-former", holder, values | {"to": former_email}, at)])


def _accounts(keys: Collection[int]) -> Mapping[int, Account]:
    return {key: Account(user) for key, user in User.objects.in_bulk(keys).items()}


def _own(keys: Collection[int]) -> Mapping[int, Account]:
    return {key: Account(user, is_own=True) for key, user in User.objects.in_bulk(keys).items()}


def _nobody(keys: Collection[int]) -> Mapping[int, Account]:
    return dict.fromkeys(keys, Account())


def _say_guessed(account: Any, values: Values) -> str:
    said = _(
        "%(who)s : mots de passe essayés en vain, en dernier depuis %(place)s. Le compte reste ouvert à qui a le bon."
    )
    return said % {"who": person_name(account.user), "place": values["place"]}


def _say_guessing(_account: Any, values: Values) -> str:
    if values["place"]:
        return _("Beaucoup de mots de passe essayés en vain depuis %(place)s.") % values
    return _("Beaucoup de mots de passe essayés en vain, sur plusieurs comptes ou de plusieurs endroits.")


# What became of an account, for whoever it belongs to.
WORDS = {
    "password": gettext_lazy("Votre mot de passe a été changé."),
    "factor_added": gettext_lazy("Un second facteur a été ajouté à votre compte."),
    "factor_removed": gettext_lazy("Le second facteur de votre compte a été retiré."),
    "codes": gettext_lazy("De nouveaux codes de secours remplacent ceux de votre compte."),
    "code_used": gettext_lazy("Un code de secours de votre compte a servi."),
    "email": gettext_lazy("L’adresse e-mail de votre compte a été changée."),
    "new_place": gettext_lazy(
        "Votre compte a été ouvert d’un navigateur et d’un endroit nouveaux : %(device)s, %(place)s."
    ),
}
IF_NOT_YOU = gettext_lazy("Si ce n’est ni vous, ni à votre demande, prévenez aussitôt la direction.")


def _say_changed(_account: Any, values: Values) -> str:
    return f"{_about(values)} {IF_NOT_YOU}"


def _about(values: Values) -> str:
    return str(WORDS[values["what"]]) % values


def compose_changed(letter: Letter, at: datetime) -> EmailMessage | None:
    def write(user: User) -> tuple[str, tuple[str, ...]]:
        about = _about(letter.values)
        return about, (_at(letter.created_at), about, str(IF_NOT_YOU))

    return _letter(letter, write)


def compose_reset(letter: Letter, at: datetime) -> EmailMessage | None:
    """The way to a new password. Its link is made when it is sent: the outbox holds none."""

    def write(user: User) -> tuple[str, tuple[str, ...]]:
        page = reverse("password_reset_confirm", args=link_to_choose(user))
        return _("votre mot de passe"), (
            _("Votre identifiant : %(login)s") % {"login": user.username},
            _("Choisissez un nouveau mot de passe à cette adresse :"),
            f"{letter.values['site']}{page}",
            _("Elle vaut un jour, et une seule fois."),
            _("Si vous n’avez rien demandé, ne faites rien : votre mot de passe reste le même."),
        )

    return _letter(letter, write)


def _letter(letter: Letter, write: Callable[[User], tuple[str, tuple[str, ...]]]) -> EmailMessage | None:
    key = letter.holder.partition("-")[2]
    user = User.objects.select_related("preference").filter(pk=key, is_active=True).first()
    to = letter.values.get("to") or (user.email if user else "")
    if user is None or not to:
        return None
    with translation.override(chosen_language(user) or settings.LANGUAGE_CODE):
        subject, lines = write(user)
        hello = _("Bonjour %(name)s,") % {"name": user.first_name or user.username}
        title = _("%(who)s : %(what)s") % {"who": firm()["name"], "what": subject}
        return EmailMessage(title, "\n\n".join((hello, *lines)), to=[to])


def _at(moment: datetime) -> str:
    return date_format(timezone.localtime(moment), "DATETIME_FORMAT")


LETTERS = (LetterKind(CHANGED, compose_changed), LetterKind(RESET, compose_reset))
KINDS = (
    NoticeKind(CHANGED, gettext_lazy("Mon compte"), "shield-check", "warn", (), _own, _say_changed),
    NoticeKind(
        GUESSED, gettext_lazy("Mot de passe essayé en vain"), "shield-alert", "stop", RIGHTS, _accounts, _say_guessed
    ),
    NoticeKind(
        GUESSING, gettext_lazy("Mots de passe essayés en vain"), "shield-alert", "stop", RIGHTS, _nobody, _say_guessing
    ),
)
