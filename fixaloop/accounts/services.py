"""The rules about accounts: who gives which group, and changes or closes whose account (docs/rules.md, Permissions)."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from django.contrib.admin.models import ADDITION, CHANGE, LogEntry
from django.contrib.auth.models import Group, Permission, User
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from fixaloop.accounts.telling import tell_changed
from fixaloop.audit.rights import noting_rights
from fixaloop.audit.trail import Kind, note
from fixaloop.groups import EXPLAINED
from fixaloop.models import Preference
from fixaloop.records.refusal import Refused

NAME = ("content_type__app_label", "codename")


def groups_given_by(by: Any) -> list[Group]:
    """The groups whose rights `by` has: the ready-made ones in their order, then those the firm made."""
    held = by.get_all_permissions()
    taken = Permission.objects.filter(group__isnull=False).values_list("group", *NAME)
    beyond = {group for group, app, codename in taken if f"{app}.{codename}" not in held}
    ready = {name: place for place, name in enumerate(EXPLAINED)}
    groups = Group.objects.exclude(pk__in=beyond).order_by("name")
    return sorted(groups, key=lambda group: ready.get(group.name, len(ready)))


def changeable(by: Any, users: Iterable[User]) -> set[int]:
    """Those whose accounts `by` may change: nobody with a right that `by` has not, since a new password opens them."""
    users = list(users)
    if by.is_superuser:
        return {user.pk for user in users}
    held, more = by.get_all_permissions(), defaultdict(set)
    for path in ("user", "group__user"):
        for user, app, codename in Permission.objects.filter(**{f"{path}__in": users}).values_list(path, *NAME):
            more[user].add(f"{app}.{codename}")
    return {user.pk for user in users if not user.is_superuser and more[user.pk] <= held}


def may_change(by: Any, user: User) -> bool:
    return user.pk in changeable(by, [user])


@transaction.atomic
def create_account(user: User, *, groups: Sequence[Group], password: str, by: Any) -> User:
    """Create an account; without a password nobody can sign in with it until its invitation is used."""
    user.set_password(password or None)
    user.save()
    note(Kind.ACCOUNT_MADE, user, by=by)
    with noting_rights(user, by=by):
        user.groups.set(groups)
    if password:
        note_password(user, by)
    LogEntry.objects.log_actions(by.pk, [user], ADDITION, [{"added": {}}], single_object=True)
    return user


@transaction.atomic
def change_account(
    user: User, changed: Sequence[str], *, groups: Sequence[Group] | None, password: str = "", by: Any
) -> None:
    """Write these fields of an account; its groups stay where none are given, its password too."""
    former_email = User.objects.values_list("email", flat=True).get(pk=user.pk)
    if password:
        user.set_password(password)
    user.save(update_fields=[name for name in changed if name != "group"])
    if password:
        note_password(user, by)
        tell_changed(user, "password", timezone.now())
    note_email(user, former_email)
    if groups is not None:
        with noting_rights(user, by=by):
            user.groups.set(groups)
    _note(user, changed, by)
    note(Kind.ACCOUNT_CHANGED, user, by=by, changed=list(changed))


def note_email(user: User, former: str) -> None:
    """Tell a person at both addresses that the one of their account is another now."""
    if former.lower() != user.email.lower():
        tell_changed(user, "email", timezone.now(), former_email=former)


def note_password(user: User, by: Any) -> None:
    """Keep whether a person must still choose a password of their own: one that somebody else gave is known to two."""
    Preference.objects.update_or_create(user=user, defaults={"given_password": user.pk != by.pk})
    note(Kind.PASSWORD, user, by=by)


@transaction.atomic
def note_own_password(user: User, at: datetime) -> None:
    """A person has chosen a password of their own; tell them by another way, in case it was somebody else."""
    note_password(user, user)
    tell_changed(user, "password", at)


@transaction.atomic
def set_active(user: User, *, active: bool, by: Any) -> bool:
    """Close or reopen an account and tell whether it changed.

    Raises `Refused` for closing one’s own and the last superuser’s.
    """
    if user.pk == by.pk and not active:
        raise Refused([_("Vous ne pouvez pas désactiver votre propre compte.")])
    # Locked, so that two superusers cannot close each other’s accounts at once.
    superusers = User.objects.select_for_update().filter(is_superuser=True, is_active=True).order_by("pk")
    if not active and {row.pk for row in superusers} == {user.pk}:
        raise Refused([_("C’est le dernier administrateur : son compte reste actif.")])
    if not User.objects.filter(pk=user.pk, is_active=not active).update(is_active=active):
        return False
    _note(user, ["is_active"], by)
    note(Kind.ACCOUNT_OPENED if active else Kind.ACCOUNT_CLOSED, user, by=by)
    return True


def _note(user: User, changed: Sequence[str], by: Any) -> None:
    LogEntry.objects.log_actions(by.pk, [user], CHANGE, [{"changed": {"fields": list(changed)}}], single_object=True)
