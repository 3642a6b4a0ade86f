"""The notices about accounts: somebody guesses passwords."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.contrib.auth.models import User
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _, gettext_lazy

from fixaloop.accounts.guesses import OF_ALL, OF_PLACE, Count, place_of
from fixaloop.notices.kinds import NoticeKind, Values
from fixaloop.notices.models import Notice
from fixaloop.notices.telling import tell
from fixaloop.words.text import person_name

GUESSED, GUESSING = "password_guessed", "passwords_guessed"
# Whoever may give an account another password.
RIGHTS = ("auth.change_user",)


@dataclass(frozen=True)
class Account:
    """An account as the subject of a notice; nobody’s where all are guessed at."""

    user: User | None = None

    def get_absolute_url(self) -> str:
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


def _accounts(keys: Collection[int]) -> Mapping[int, Account]:
    return {key: Account(user) for key, user in User.objects.in_bulk(keys).items()}


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


KINDS = (
    NoticeKind(
        GUESSED, gettext_lazy("Mot de passe essayé en vain"), "shield-alert", "stop", RIGHTS, _accounts, _say_guessed
    ),
    NoticeKind(
        GUESSING, gettext_lazy("Mots de passe essayés en vain"), "shield-alert", "stop", RIGHTS, _nobody, _say_guessing
    ),
)
