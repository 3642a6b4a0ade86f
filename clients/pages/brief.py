"""A new client in a few fields, inside the form of something else that is for it."""

from collections.abc import Mapping
from typing import Any

from django.core.exceptions import ValidationError
from django.http import QueryDict

from clients.declared.on_search import typed_values
from clients.models import Client
from clients.pages.forms import ClientForm
from clients.pages.picker import find_client

CALLER = ("kind", "last_name", "first_name", "company_name", "phone")
REST = ("email", "street", "street_extra", "postal_code", "city")
# By JavaScript and forms alike: which of the two a form is about.
KNOWN, NEW = "known", "new"


class BriefClientForm(ClientForm):
    """The form of a client with these fields alone; all others keep the values of a new client.

    They have the same names there as on the client’s own form. Others, as `description`, may be the outer form’s.
    """

    def __init__(self, data: QueryDict | None, initial: Mapping[str, Any]) -> None:
        suggested = {"kind": Client.Kind.INDIVIDUAL, **initial}
        super().__init__(data and _own(data), initial=suggested, may_force=False)
        for name, field in self.fields.items():
            field.required = field.required and name in (*CALLER, *REST)


def _own(data: QueryDict) -> QueryDict:
    own = QueryDict(mutable=True)
    for name in (*CALLER, *REST):
        own.setlist(name, data.getlist(name))
    return own


def carried_over(text: str) -> dict[str, str]:
    """What was typed to find a client, in the fields of a new one; nothing where it names one or cannot be one’s."""
    try:
        find_client(text)
    except ValidationError as error:
        return typed_values(text.strip()) if error.code == "unknown" and text.strip() else {}
    return {}
