"""Rows to test with: plain functions with defaults, through the services that people's actions go through."""

from datetime import datetime
from itertools import count
from typing import Any

from django.contrib.auth.models import Group, Permission, User

from clients import services
from clients.models import Client

PASSWORD = "correct horse battery staple"
_serial = count(1)


def make_client(*, by: User | None = None, at: datetime | None = None, **fields: Any) -> Client:
    """A client as the form would create it; a company where a company name is given."""
    if "company_name" in fields:
        fields = {"kind": "company"} | fields
    else:
        fields = {"kind": "individual", "first_name": "Camille", "last_name": "Martin"} | fields
    # As the form proposes.
    if fields.get("company"):
        fields = {"payer": "company"} | fields
    return services.create_client(Client(**fields), by=by, at=at)


def make_user(*permissions: str, group: str = "", **fields: Any) -> User:
    """A person who may sign in with `PASSWORD`, has these rights (`clients.view_client`) and is in this ready group."""
    name = fields.pop("username", f"personne{next(_serial)}")
    user = User.objects.create_user(name, password=PASSWORD, **fields)
    for permission in permissions:
        app_label, codename = permission.split(".")
        user.user_permissions.add(Permission.objects.get(content_type__app_label=app_label, codename=codename))
    if group:
        user.groups.add(Group.objects.get(name=group))
    return user


def person(**fields: str) -> dict[str, str]:
    """What a browser sends for a private client."""
    return {
        "kind": "individual",
        "first_name": "Marie",
        "last_name": "Curie",
        "country": "FR",
        "language": "fr",
    } | fields


def company(**fields: str) -> dict[str, str]:
    """What a browser sends for a business client."""
    return {"kind": "company", "company_name": "Garage du Port", "country": "FR", "language": "fr"} | fields
