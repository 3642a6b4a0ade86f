"""Clients whose name or address looks wrong, with what is proposed instead, to be mended a page at a time."""

from collections.abc import Sequence
from datetime import datetime
from functools import cached_property
from html import escape
from typing import Any
from uuid import uuid4

from django.db.models import QuerySet
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.formats import number_format
from django.utils.safestring import SafeString
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _

from clients.lists.clients import READ, ClientList, identity_cell
from clients.models import Client
from clients.services.mending import FIELDS, label
from clients.values import communes
from clients.values.quality import ODD
from clients.values.usual import usual_case
from fixaloop.lists.figures import Figure, remembered
from fixaloop.lists.page import Column
from fixaloop.speed.texts import gettext

FORM = "mend"
CHANGE = "clients.change_client"
# So many postal codes of a town are named.
CODES = 3


def proposed(client: Client) -> dict[str, str]:
    """Field → the value to begin with: the usual case, and code and town as they are where they do not agree."""
    found = usual_case({name: getattr(client, name) for name in FIELDS})
    as_it_is = {"postal_code": client.postal_code, "city": client.city} if client.odd_town else {}
    return as_it_is | found


def hint(client: Client) -> str:
    """Why the postal code and the town do not agree."""
    if not client.odd_town:
        return ""
    towns, codes = communes.towns(client.postal_code), communes.codes(client.city)
    said = {
        "code": client.postal_code,
        "towns": ", ".join(towns[:CODES]) + ("…" if len(towns) > CODES else ""),
        "city": client.city,
        "codes": ", ".join(codes[:CODES]) + ("…" if len(codes) > CODES else ""),
    }
    return gettext("%(code)s : %(towns)s · %(city)s : %(codes)s") % said


def field_name(client: Client, name: str) -> str:
    return f"{client.reference}-{name}"


def _ticked_cell(client: Client, at: datetime) -> str:
    identity = identity_cell(client, at)
    if not (fields := proposed(client)):
        return identity
    # Where nothing but the town is in doubt, somebody has to say what is right.
    checked = " checked" if any(text != getattr(client, name) for name, text in fields.items()) else ""
    spoken = escape(gettext("Corriger %(client)s") % {"client": client.name})
    version = f'<input type="hidden" name="{field_name(client, "version")}" value="{client.version}" form="{FORM}">'
    return (
        f'<input type="checkbox" name="client" value="{client.reference}" form="{FORM}" aria-label="{spoken}"{checked}>'
        f" {identity}{version}"
    )


def _proposal_cell(client: Client, at: datetime) -> str:
    fields = "".join(_field(client, name, text) for name, text in proposed(client).items())
    told = f"<small>{escape(hint(client))}</small>" if client.odd_town else ""
    if not client.odd_kind:
        return fields + told
    url, asked = f"/clients/{client.reference}/edit/", gettext("Particulier ou entreprise ?")
    return f'{fields}{told}<small>{escape(asked)} <a href="{url}">{escape(gettext("Modifier"))}</a></small>'


def _field(client: Client, name: str, text: str) -> str:
    now = getattr(client, name)
    was = f"<del>{escape(now)}</del> → " if text != now else ""
    return (
        f'<label class="mend">{escape(capfirst(label(name)))} {was}'
        f'<input type="text" name="{field_name(client, name)}" value="{escape(text)}" form="{FORM}"'
        f' size="{max(12, len(text))}" autocomplete="off"></label>'
    )


class QualityList(ClientList):
    has_all_rows = False
    views = ()
    columns = (
        Column("name", _("Client"), _ticked_cell, sort="name", css="cell-main"),
        Column("proposal", _("Aujourd’hui → proposé"), _proposal_cell),
    )
    title = _("Écriture des noms et adresses")
    nothing = _("Tous les noms et toutes les adresses sont bien écrits.")
    subtitle = _("Rien ne change sans confirmation : cochez, corrigez au besoin, puis confirmez.")
    template_name = "clients/quality.html"
    read = (*READ, "street", "street_extra", "version", *ODD)
    new_page = ""

    def get_permission_required(self) -> Sequence[str]:
        return [*super().get_permission_required(), CHANGE]

    def base_queryset(self) -> QuerySet[Client]:
        return Client.objects.odd()

    @cached_property
    def counts(self) -> dict[str, int]:
        return remembered("clients.odd", lambda: {"total": self.base_queryset().count()})

    def figures(self) -> Sequence[Figure]:
        return (Figure(gettext("Fiches à vérifier"), number_format(self.counts["total"])),)

    @property
    def pages(self) -> SafeString:
        url = self.query.url(path=reverse("clients:mend"))
        context = {"form_id": FORM, "url": url}
        return render_to_string("clients/_mend.html", context) + super().pages

    def extra_context(self) -> dict[str, Any]:
        return {"form_id": FORM, "submission": uuid4()}
