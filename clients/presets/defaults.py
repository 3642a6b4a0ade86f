"""Presets (models for similar clients): default values for new clients."""

from collections.abc import Mapping
from typing import Any

from django.contrib.auth.models import AbstractBaseUser
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from clients.extensions import extensions
from clients.models import Client, ClientTemplate
from fixaloop.imports.importer import BadOption

DEFAULTS = ("kind", "company_id", "postal_code", "city", "language", "description")


def find_template(name: str) -> ClientTemplate:
    """The preset of this name, ignoring case. Raises BadOption with the existing names."""
    found = ClientTemplate.objects.filter(name__iexact=name.strip()).first()
    if found is None:
        names = ", ".join(ClientTemplate.objects.values_list("name", flat=True)) or _("aucun")
        message = _("Aucun modèle de client « %(name)s ». Modèles : %(names)s.")
        raise BadOption(message % {"name": name, "names": names})
    return found


def asked_template(text: str) -> ClientTemplate | None:
    """The preset whose id an address gives; None when there is none."""
    return (
        ClientTemplate.objects.filter(pk=int(text)).first()
        if text.isascii() and text.isdigit() and len(text) < 10
        else None
    )


def defaults_of(template: ClientTemplate, *, by: AbstractBaseUser | None) -> dict[str, Any]:
    """The values of a new client made from a preset; a forced status only for users who may force one."""
    defaults = {name: getattr(template, name) for name in DEFAULTS}
    defaults["country"] = template.country.code
    may_force = by is None or by.has_perm("clients.force_status")  # type: ignore[attr-defined]
    if template.status_mode != Client.StatusMode.AUTOMATIC and may_force:
        defaults |= {"status_mode": template.status_mode, "status_reason": template.status_reason}
    return {name: value for name, value in defaults.items() if value}


def initial_of(template: ClientTemplate, *, by: AbstractBaseUser) -> dict[str, Any]:
    """The same as initial values of the form, where the company is a reference."""
    defaults = defaults_of(template, by=by)
    return defaults | {"company": defaults.pop("company_id", "")}


def presets(rows: QuerySet[ClientTemplate] | None = None) -> QuerySet[ClientTemplate]:
    """Presets with all that lists show of them; all of them by default."""
    found = (ClientTemplate.objects.all() if rows is None else rows).select_related("company")
    for extension in extensions():
        found = extension.load_presets(found)
    return found


def summary_of(preset: ClientTemplate) -> str:
    return " · ".join(filter(None, (extension.preset_summary(preset) for extension in extensions())))


def keep_preset(preset: ClientTemplate, values: Mapping[str, Any]) -> None:
    for extension in extensions():
        extension.keep_preset(preset, values)
