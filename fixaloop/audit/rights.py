"""What rights an account or a group is given or loses, as codes, for the journal."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.contrib.auth.models import Group, Permission, User
from django.db.models import QuerySet

from fixaloop.audit.trail import Kind, note

FLAGS = ("is_superuser", "is_staff")


@contextmanager
def noting_rights(row: Any, *, by: Any = None) -> Iterator[None]:
    """Note what rights the row has after the block that it had not before, and the other way round."""
    before = held_by(row)
    yield
    after = held_by(row)
    if before != after:
        note(Kind.RIGHTS, row, by=by, given=sorted(after - before), taken=sorted(before - after))


def held_by(row: Any) -> set[str]:
    """The rights of an account or a group as codes: its groups by name, its own permissions, and what it may all do."""
    if row.pk is None:
        return set()
    if isinstance(row, Group):
        return _codes(row.permissions.all())
    flags = User.objects.filter(pk=row.pk).values(*FLAGS).first() or {}
    held = {name for name, given in flags.items() if given}
    return held | set(row.groups.values_list("name", flat=True)) | _codes(row.user_permissions.all())


def _codes(permissions: QuerySet[Permission]) -> set[str]:
    return {f"{app}.{name}" for app, name in permissions.values_list("content_type__app_label", "codename")}
