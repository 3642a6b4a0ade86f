"""Form field that names a client by its reference, with suggestions while typing."""

from collections.abc import Sequence
from typing import Any
from urllib.parse import urlencode

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.urls import reverse_lazy
from django.utils.translation import gettext as _, gettext_lazy

from clients.models import Client
from clients.reference import parse_reference
from clients.search import best_first
from clients.spelling import near_queries
from fixaloop.search.hits import collect
from fixaloop.search.rows import first_rows
from fixaloop.words.text import normalise, words

SUGGESTED = 8
# Among so many, clients with a word that begins so come first.
COMPARED = 20
ORDER = ("-active_until", "sort_name", "id")


class ClientWidget(forms.TextInput):
    """A text field with suggestions from the server; without JavaScript, those of one name are shown to choose from."""

    template_name = "clients/_picker.html"

    def __init__(self, *, companies_only: bool = False) -> None:
        super().__init__(attrs={"autocomplete": "off", "placeholder": gettext_lazy("Nom, téléphone ou CLT-…")})
        self.companies_only = companies_only
        # Whether its form creates a client too, where one is offered for what is typed.
        self.may_create = False
        # The client the field names, if its form knows; else the clients to choose from.
        self.picked: Client | None = None
        self.choices: Sequence[Client] = ()

    def value_from_datadict(self, data: Any, files: Any, name: str) -> Any:
        return data.get(f"{name}_choice") or super().value_from_datadict(data, files, name)

    def get_context(self, name: str, value: Any, attrs: dict[str, Any] | None) -> dict[str, Any]:
        asked: dict[str, str] = {"kind": Client.Kind.COMPANY} if self.companies_only else {}
        asked |= {"create": "1"} if self.may_create else {}
        return super().get_context(name, value, attrs) | {
            "suggest_url": f"{reverse_lazy('clients:pick')}?{urlencode(asked)}",
            "picked": call(self.picked) if self.picked else "",
            "choices": [(client.reference, call(client)) for client in self.choices],
        }


class ClientField(forms.CharField):
    """A client given by its reference, or by a name or e-mail that only one client has."""

    # Whether several of a name are shown to choose from; filters take one value each.
    may_choose = True

    def __init__(self, *, companies_only: bool = False, **kwargs: Any) -> None:
        super().__init__(max_length=255, widget=ClientWidget(companies_only=companies_only), **kwargs)
        self.companies_only = companies_only

    def prepare_value(self, value: Any) -> Any:
        if not isinstance(value, int | Client):
            return value
        self.widget.picked = client = _stored(value)
        return client.reference if client else ""

    def clean(self, value: Any) -> Client | None:
        text = super().clean(value)
        try:
            return find_client(text, companies_only=self.companies_only) if text else None
        except ValidationError as error:
            if error.code == "ambiguous" and self.may_choose:
                self.widget.choices = suggest(text, companies_only=self.companies_only)
            raise

    def has_changed(self, initial: Any, data: Any) -> bool:
        client = _stored(initial)
        return (client.reference if client else initial) != (data or None)


def _stored(value: Any) -> Client | None:
    if isinstance(value, int):
        return Client.objects.filter(pk=value).first()
    return value if isinstance(value, Client) else None


def suggestions(query: str, *, companies_only: bool = False) -> list[Client]:
    # PostgreSQL takes no NUL, and a query of punctuation alone would name everybody.
    if "\0" in query or not normalise(query):
        return []
    companies = Client.objects.filter(kind=Client.Kind.COMPANY)
    return best_clients(query, companies if companies_only else Client.objects.all(), SUGGESTED)


def best_clients(query: str, clients: QuerySet[Client], most: int) -> list[Client]:
    """Those of these clients that are most likely meant: of whose words the query begins some, then the active ones."""
    steps = (first_rows(step, clients, ORDER, COMPARED) for step in best_first(query))
    found = collect(steps, most, COMPARED)
    typed = words(query)
    found.sort(key=lambda client: not all(f" {word}" in f" {client.search_text}" for word in typed))
    return found[:most]


def call(client: Client) -> str:
    """The name with the town, to tell apart clients with the same name."""
    return f"{client.name} · {client.city}" if client.city else client.name


def suggest(query: str, *, companies_only: bool = False) -> list[Client]:
    """The clients a query may name; if there are none, those whose names differ by one letter."""
    clients = suggestions(query, companies_only=companies_only)
    if clients or "\0" in query:
        return clients
    among = Client.objects.filter(kind=Client.Kind.COMPANY) if companies_only else Client.objects.all()
    near = near_queries(query, among)
    return [client for other in near for client in suggestions(other, companies_only=companies_only)][:SUGGESTED]


def find_client(text: str, *, companies_only: bool = False) -> Client:
    """Raises ValidationError when the text names no client, several, or one of the wrong kind."""
    number = parse_reference(text)
    if number is not None:
        client = Client.objects.known_as(number)
        clients = [client] if client else []
    else:
        clients = suggestions(text, companies_only=companies_only)[:2]
    if not clients:
        raise ValidationError(_("Aucun client ne répond à « %(text)s ».") % {"text": text}, "unknown")
    if len(clients) > 1:
        message = _("Plusieurs clients répondent à « %(text)s » : choisissez-en un, ou indiquez sa référence (CLT-…).")
        raise ValidationError(message % {"text": text}, "ambiguous")
    [client] = clients
    if companies_only and not client.is_company:
        raise ValidationError(_("%(client)s n’est pas une entreprise.") % {"client": client}, "not_company")
    return client
