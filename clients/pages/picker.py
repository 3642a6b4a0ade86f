"""Form field that names a client by its reference, with suggestions while typing."""

from dataclasses import dataclass
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.urls import reverse_lazy
from django.utils.translation import gettext as _

from clients.models import Client
from clients.reference import PREFIX, parse_reference
from clients.search import best_first
from clients.spelling import near_queries
from fixaloop.search.hits import collect
from fixaloop.search.rows import first_rows
from fixaloop.words.text import normalise, words

SUGGESTED = 8
# Among so many, those come first of which words begin so.
COMPARED = 20
ORDER = ("-active_until", "sort_name", "id")


@dataclass(frozen=True)
class Suggestion:
    reference: str
    name: str
    # Browsers hide what does not hold the text typed: a client found by its phone, or without accents, ends with it.
    label: str


class ClientWidget(forms.TextInput):
    """A text field with suggestions from the server; without JavaScript, people type the reference."""

    template_name = "clients/_picker.html"

    def __init__(self, *, companies_only: bool = False) -> None:
        kind = "?kind=company" if companies_only else ""
        super().__init__(attrs={"autocomplete": "off", "placeholder": f"{PREFIX}001"})
        self.suggest_query = kind
        # Whom the field names, where its form knows.
        self.picked: Client | None = None

    def get_context(self, name: str, value: Any, attrs: dict[str, Any] | None) -> dict[str, Any]:
        context = super().get_context(name, value, attrs)
        context["suggest_url"] = f"{reverse_lazy('clients:pick')}{self.suggest_query}"
        context["picked"] = call(self.picked) if self.picked else ""
        return context


class ClientField(forms.CharField):
    """A client given by its reference, or by a name or e-mail that only one client has."""

    def __init__(self, *, companies_only: bool = False, **kwargs: Any) -> None:
        super().__init__(max_length=255, widget=ClientWidget(companies_only=companies_only), **kwargs)
        self.companies_only = companies_only

    def prepare_value(self, value: Any) -> Any:
        if isinstance(value, int):
            client = Client.objects.filter(pk=value).first()
            return client.reference if client else ""
        return value.reference if isinstance(value, Client) else value

    def clean(self, value: Any) -> Client | None:
        text = super().clean(value)
        return find_client(text, companies_only=self.companies_only) if text else None

    def has_changed(self, initial: Any, data: Any) -> bool:
        return self.prepare_value(initial) != (data or None)


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


def suggest(query: str, *, companies_only: bool = False) -> list[Suggestion]:
    found = []
    clients = suggestions(query, companies_only=companies_only)
    if not clients and "\0" not in query:
        near = near_queries(
            query, Client.objects.filter(kind=Client.Kind.COMPANY) if companies_only else Client.objects.all()
        )
        clients = [client for other in near for client in suggestions(other, companies_only=companies_only)][:SUGGESTED]
    for client in clients:
        name, typed = call(client), query.strip()
        held = typed.casefold() in name.casefold() or typed.casefold() in client.reference.casefold()
        found.append(Suggestion(client.reference, name, name if held else f"{name} · {typed}"))
    return found


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
        message = _("Plusieurs clients répondent à « %(text)s » : indiquez la référence (CLT-…).")
        raise ValidationError(message % {"text": text}, "ambiguous")
    [client] = clients
    if companies_only and not client.is_company:
        raise ValidationError(_("%(client)s n’est pas une entreprise.") % {"client": client}, "not_company")
    return client
