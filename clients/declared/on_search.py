"""Clients among the hits of a search of everything, and creating the one that was typed."""

from collections.abc import Iterator

from django.utils.translation import gettext as _, gettext_lazy

from clients.imports.kinds import names_company, split_whole
from clients.models import NAMED_BY, Client
from clients.pages.picker import best_clients
from clients.reference import parse_reference
from clients.search import SHORT, TELLING
from clients.status import Status, is_active
from clients.values.parsing import parse_siret
from clients.values.phones import parse_phone
from fixaloop.imports.evidence import can_read
from fixaloop.search.hits import WANTED, Action, Asked, Best, Hit, Offer, Source, collect
from fixaloop.web.icons import chip

CLIENTS = "clients"
READ = Client.objects.only(
    *(*NAMED_BY, "phone", "email", "city", "country"),
    *("active_until", "resumes_at", "resumes_until", "sort_name", "search_text"),
)


def find(asked: Asked) -> list[Hit]:
    found = collect(_batches(asked))
    found.sort(key=lambda client: not _is_exact(client, asked.text))
    return [hit(client, asked) for client in found]


def _batches(asked: Asked) -> Iterator[list[Client]]:
    if asked.number is not None:
        yield list(READ.filter(number=asked.number))
    if asked.is_short:
        return
    yield best_clients(asked.text, READ, WANTED)


def _is_exact(client: Client, text: str) -> bool:
    """Whether it is the reference, an e-mail, a phone or the SIRET of the client."""
    typed = text.strip().lower()
    digits = "".join(filter(str.isdigit, typed.replace("(0)", ""))).removeprefix("00")
    is_number = len(digits) > TELLING and not any(map(str.isalpha, typed))
    if not is_number and "@" not in typed:
        return parse_reference(typed) is not None
    return (digits if is_number else typed) in client.search_text.split()


def hit(client: Client, asked: Asked) -> Hit:
    status = Status(is_active(client, asked.at), "")
    reached = client.email if "@" in asked.text else client.phone_display
    return Hit(
        client.get_absolute_url(),
        "building-2" if client.is_company else "user-round",
        client.name,
        " · ".join(filter(None, (client.reference, client.city, reached))),
        chip(status.label, status.tone, status.icon),
        key=client.reference,
        is_exact=_is_exact(client, asked.text),
    )


def offer_new(asked: Asked, best: Best) -> Offer | None:
    """To create the client whose name, e-mail, phone or SIRET was typed, unless it is one."""
    if CLIENTS in best and best[CLIENTS].is_exact:
        return None
    values = typed_values(asked.text)
    return Offer(_("Créer le client « %(text)s »") % {"text": asked.text}, values) if values else None


def typed_values(text: str) -> dict[str, str]:
    """What was typed in the fields of a new client; nothing where it can be no client’s."""
    if "@" in text:
        return {} if " " in text else {"email": text}
    if not any(map(str.isalpha, text)):
        return _typed_number(text)
    if len(text) < SHORT or _is_code(text):
        return {}
    if names_company(text):
        return {"kind": Client.Kind.COMPANY, "company_name": text}
    name = split_whole(text, order="")
    return {"first_name": name.first, "last_name": name.last}


def _typed_number(text: str) -> dict[str, str]:
    if can_read(parse_siret, text):
        return {"kind": Client.Kind.COMPANY, "siret": text}
    return {"phone": text} if can_read(parse_phone, text) else {}


def _is_code(text: str) -> bool:
    """Whether it is rather a reference or a plate: figures and few letters, without a word."""
    letters = max(map(len, "".join(letter if letter.isalpha() else " " for letter in text).split()))
    return any(map(str.isdigit, text)) and letters <= SHORT


def offer_near(asked: Asked, best: Best) -> Offer | None:
    """To look for other spellings where nobody has the name: the list proposes them, which takes longer."""
    if best or "first_name" not in typed_values(asked.text):
        return None
    return Offer(_("Noms proches de « %(text)s »") % {"text": asked.text}, {"q": asked.text})


SOURCES = (Source(CLIENTS, gettext_lazy("Clients"), 1, ("clients.view_client",), "clients:list", find),)
ACTIONS = (
    Action(gettext_lazy("Nouveau client"), "user-plus", "clients:new", ("clients.add_client",), offer=offer_new),
    Action(gettext_lazy("Clients"), "users", "clients:list", ("clients.view_client",), offer=offer_near),
)
