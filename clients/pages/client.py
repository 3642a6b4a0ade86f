"""The pages of a client: summary, history and form, with the fragments that the form asks for while somebody types."""

import json
from copy import copy
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.db import IntegrityError
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html, format_html_join
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from clients import services
from clients.declared.on_search import hit, offer_new
from clients.extensions import Beginning, Owed, extensions
from clients.models import Client, ClientTemplate
from clients.pages.contacts import ContactsWidget, arranged, is_arranging
from clients.pages.forms import CONTACT, IDENTITY, ClientForm, conflict_context
from clients.pages.history import changes
from clients.pages.page import client_context, client_page
from clients.pages.picker import suggest
from clients.pages.presets import asked_template, initial_of
from clients.pages.usual import is_taking, proposals_beside, proposals_for, taken
from clients.payers import say_payer
from clients.reference import parse_reference
from clients.services.duplicates import WARN, find_duplicates
from clients.typed import STILL_NO_EMAIL, SUBSCRIPTION, lacks_email, read_client
from clients.values import communes
from fixaloop.forms.fields import sent
from fixaloop.forms.submissions import already_created, submit_once
from fixaloop.lists.neighbours import neighbours
from fixaloop.lists.pagination import PAGE_NUMBER
from fixaloop.records.payments import ZERO
from fixaloop.search.hits import Asked
from fixaloop.search.marking import draw
from fixaloop.web.refusals import permission_required
from fixaloop.web.requests import come_back, safe_address

HISTORY_PAGE = 25
# What a link to the form may fill in.
GIVEN = ("first_name", "last_name", "company_name", "siret", "email", "phone")
LONGEST_GIVEN = 255
FOLDED = (
    *("other_contacts", "street_extra", "country", "language", "channel", "no_messages", *SUBSCRIPTION),
    "external_reference",
)
TEMPLATES = 12


@dataclass(frozen=True)
class Missing:
    """A recommended value, and what it is good for."""

    label: str
    why: str


@dataclass(frozen=True)
class Completeness:
    """The share of recommended values that are filled, in per cent, and those that are missing."""

    percent: int
    missing: list[Missing]


def completeness(client: Client) -> Completeness:
    wanted = [
        (client.email, Missing(_("E-mail"), _("pour écrire au client et lui envoyer sa carte d’accès"))),
        (client.phone, Missing(_("Téléphone"), _("pour l’appeler quand sa réparation est prête"))),
    ]
    if client.is_company:
        wanted.append((client.siret, Missing(_("SIRET"), _("pour facturer le bon établissement"))))
    missing = [gap for value, gap in wanted if not value]
    return Completeness(round(100 * (len(wanted) - len(missing)) / len(wanted)), missing)


def _sums(owed: list[Owed]) -> dict[str, Any]:
    total, credit = (sum((getattr(one, name) for one in owed), ZERO) for name in ("total", "credit"))
    return {"total": total, "credit": credit, "lists": owed}


@require_safe
@client_page("clients.view_client")
def detail(request: HttpRequest, client: Client) -> HttpResponse:
    now = timezone.now()
    parts = [extension.overview(client, request, now) for extension in extensions()]
    counts = {tab: count for part in parts for tab, count in part.counts.items()}
    owed = [part.owed for part in parts if part.owed is not None]
    context = client_context(request, client, "clients:detail", counts) | {
        "completeness": completeness(client),
        "payer": say_payer(client) if client.company else "",
        "usual": proposals_for(client),
        "parts": parts,
        "beside": neighbours(request, client),
        "owed": _sums(owed) if owed else None,
    }
    return render(request, "clients/summary.html", context)


@require_safe
@client_page("clients.view_client")
def history(request: HttpRequest, client: Client) -> HttpResponse:
    asked = request.GET.get("page") or "1"
    errors = [_("Le filtre « %(name)s » n’existe pas.") % {"name": name[:40]} for name in request.GET if name != "page"]
    page = int(asked) if PAGE_NUMBER.fullmatch(asked) else 1
    found, more = changes(client, start=(page - 1) * HISTORY_PAGE, count=HISTORY_PAGE)
    if str(page) != asked or (page > 1 and not found):
        errors.append(_("La page « %(page)s » n’existe pas.") % {"page": asked[:20]})
        page = 1
        found, more = changes(client, count=HISTORY_PAGE)
    context = client_context(request, client, "clients:history") | {
        "changes": found,
        "errors": errors,
        "newer_page": page - 1 if page > 1 else None,
        "older_page": page + 1 if more else None,
    }
    return render(request, "clients/history.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@permission_required("clients.add_client")
def create(request: HttpRequest) -> HttpResponse:
    """Create a client. With `next`, return to the form that was naming a client, with the new one filled in."""
    back = safe_address(request, request.GET.get("next"))
    may_force = request.user.has_perm("clients.force_status")
    kind = request.GET.get("kind")
    initial = {
        "kind": kind if kind in Client.Kind.values else Client.Kind.INDIVIDUAL,
        "company": request.GET.get("company", "")[:40],
    }
    template = asked_template(request.GET.get("template", ""))
    if template is not None:
        initial |= initial_of(template, by=request.user)  # type: ignore[arg-type]
    initial |= {name: given[:LONGEST_GIVEN] for name in GIVEN if (given := request.GET.get(name))}
    form = ClientForm(_saved(request), initial=initial, may_force=may_force)
    if form.is_bound and (url := _created(request, form)):
        reference = url.strip("/").split("/")[-1]
        messages.success(request, _said_created(request, reference, template))
        for duplicate in form.duplicates:
            # Who saves before the page has asked is told as well.
            if duplicate.level == WARN and duplicate.url != url:
                messages.warning(request, duplicate.sentence)
        for beginning in _beginnings(request):
            if request.POST.get("then") == beginning.url_name:
                return redirect(come_back(reverse(beginning.url_name), client=reference))
        return redirect(come_back(back, client=reference) if back else url)
    if not form.is_bound:
        first = "company_name" if initial["kind"] == Client.Kind.COMPANY else "last_name"
        form.fields[first].widget.attrs["autofocus"] = True
    context: dict[str, Any] = {"title": _("Nouveau client"), "cancel_url": back or "/clients/", "template": template}
    context["templates"] = ClientTemplate.objects.all()[:TEMPLATES]
    return _form_page(request, form, context | {"beginnings": _beginnings(request)})


def _beginnings(request: HttpRequest) -> list[Beginning]:
    return [beginning for extension in extensions() for beginning in extension.beginnings(request.user)]


def _created(request: HttpRequest, form: ClientForm) -> str:
    """The address of the client created by this form, now or by an earlier sending; empty when it is invalid."""
    if not form.is_valid():
        return already_created(request.POST)
    try:
        return submit_once(
            form.cleaned_data["submission"],
            request.user,
            lambda: services.create_client(form.save(commit=False), by=request.user),  # type: ignore[arg-type]
        )
    except IntegrityError:
        _explain_race(form)
        return ""


def _said_created(request: HttpRequest, reference: str, template: ClientTemplate | None) -> str:
    notes = (extension.created_note(reference, template, request.user) for extension in extensions())
    return format_html(
        "{}{}", _("Le client est créé."), format_html_join("", " {}", ((note,) for note in notes if note))
    )


@require_http_methods(["GET", "HEAD", "POST"])
@client_page("clients.change_client", changing=True)
def edit(request: HttpRequest, client: Client) -> HttpResponse:
    may_force = request.user.has_perm("clients.force_status")
    form = ClientForm(_saved(request), instance=copy(client), may_force=may_force)
    context = {"title": _("Modifier le client"), "client": client, "cancel_url": client.get_absolute_url()}
    if form.is_bound and form.is_valid():
        try:
            services.update_client(
                form.save(commit=False),
                by=request.user,  # type: ignore[arg-type]
                version=form.cleaned_data["version"],
            )
        except services.Stale:
            return _form_page(request, form, context | conflict_context(form, client), status=409)
        except IntegrityError:
            _explain_race(form)
        else:
            messages.success(request, _("Les modifications sont enregistrées."))
            if client.is_company and form.cleaned_data["kind"] == Client.Kind.INDIVIDUAL:
                messages.warning(request, services.no_company_any_more(client))
            if form.payer_was_reset:
                messages.info(request, _payer_reset(form.instance))
            if lacks_email(form.instance):
                messages.warning(request, STILL_NO_EMAIL)
            return redirect(client)
    return _form_page(request, form, context)


def _payer_reset(client: Client) -> str:
    message = _("L’entreprise a changé. Qui paie : %(payer)s. Modifiez la fiche si c’est depuis un autre jour.")
    return message % {"payer": say_payer(client)}


def _saved(request: HttpRequest) -> QueryDict | None:
    """What is sent to be saved; None where a button only arranges the rows of contacts, or takes what is proposed."""
    return None if is_arranging(request.POST) or is_taking(request.POST) else sent(request)


def _form_page(request: HttpRequest, form: ClientForm, context: dict[str, Any], status: int = 0) -> HttpResponse:
    if is_arranging(request.POST):
        form.initial = {**form.initial, **arranged(request.POST)}
    elif is_taking(request.POST):
        form.initial = {**form.initial, **taken(request.POST)}
    context |= {"form": form, "duplicates": form.duplicates, "proposals": proposals_beside(form)}
    context["is_unfolded"] = is_arranging(request.POST) or any(_says_more(form, name) for name in FOLDED)
    # A new client has the automatic status, unless a preset says otherwise.
    context["shows_status"] = "client" in context or _says_more(form, "status_mode")
    return render(request, "clients/form.html", context, status=status or (422 if form.errors else 200))


def _says_more(form: ClientForm, name: str) -> bool:
    """Whether a field has an error, or another value than a new client’s usual one."""
    if name not in form.fields:
        return False
    usual = getattr(Client(), name) or ""
    return bool(form[name].errors) or str(form[name].value() or "") != str(usual)


def _explain_race(form: ClientForm) -> None:
    form.duplicates = find_duplicates(form.cleaned_data)
    form.add_error(None, _("Un client semblable vient d’être enregistré par quelqu’un d’autre : vérifiez l’e-mail."))


@require_POST
@permission_required("clients.view_client")
def check(request: HttpRequest) -> HttpResponse:
    """Similar clients. POST, because what is typed is personal data."""
    names = (*IDENTITY, *CONTACT, "postal_code", "country")
    typed = {name: request.POST.get(name, "") for name in names}
    typed["other_contacts"] = ContactsWidget().value_from_datadict(request.POST, {}, "other_contacts") or ""
    reading = read_client(typed)
    known = request.POST.get("client", "")
    exclude = (
        Client.objects.filter(number=known).values_list("pk", flat=True).first()
        if known.isdecimal() and known.isascii()
        else None
    )
    number = parse_reference(request.POST.get("company", ""))
    company = Client.objects.known_as(number) if number else None
    found = find_duplicates(reading.values, exclude, company.pk if company else None)
    return render(request, "clients/_duplicates.html", {"duplicates": found, "may_take": "who" in request.POST})


@require_safe
@permission_required("clients.view_client")
def pick(request: HttpRequest) -> HttpResponse:
    """What the command bar would find, to be chosen in a field; with `create`, a new client for what is typed."""
    query = next((str(value) for name, value in request.GET.items() if name not in ("kind", "create")), "")[:200]
    asked = Asked(query, request.user, timezone.now())
    found = suggest(query, companies_only=request.GET.get("kind") == Client.Kind.COMPANY)
    hits = [(client, draw(hit(client, asked), asked.words)) for client in found]
    creates = request.GET.get("create") and asked.words and request.user.has_perm("clients.add_client")
    offer = offer_new(asked, {}) if creates else None
    context = {"asked": query.strip(), "hits": hits, "offer": offer, "values": json.dumps(offer.query) if offer else ""}
    return render(request, "clients/_options.html", context)


@require_safe
@permission_required("clients.view_client")
def towns(request: HttpRequest) -> HttpResponse:
    code, city = request.GET.get("postal_code", "")[:16], request.GET.get("city", "")[:120]
    context = {"towns": communes.suggest(code, city), "for_code": request.GET.get("for") == "code"}
    return render(request, "clients/_towns.html", context)
