"""The pages of clients. Each right is checked before anything is looked up."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import permission_required
from django.db import IntegrityError
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from clients import communes, services
from clients.completeness import completeness
from clients.duplicates import find_duplicates
from clients.entry import read_entry
from clients.forms import ClientForm, MergeForm, StatusForm
from clients.history import changes, status_changes
from clients.models import Client, FormerReference
from clients.picker import suggestions
from clients.tabs import tabs_of
from fixaloop.submissions import submit_once
from interventions import activity

ClientView = Callable[..., HttpResponseBase]
HISTORY_PAGE = 25


def client_page(permission: str) -> Callable[[ClientView], ClientView]:
    """Open a page about one client to those who have the right; an old reference leads to the client it became."""

    def decorate(view: ClientView) -> ClientView:
        @permission_required(permission, raise_exception=True)
        @wraps(view)
        def page(request: HttpRequest, number: int, **kwargs: Any) -> HttpResponseBase:
            client = Client.objects.select_related("company", "status_by").filter(number=number).first()
            if client is not None:
                return view(request, client, **kwargs)
            former = FormerReference.objects.select_related("client").filter(pk=number).first()
            if former is None or request.resolver_match is None:
                raise Http404(_("Ce client n’existe pas."))
            return redirect(request.resolver_match.view_name, former.client.reference)

        return page  # type: ignore[return-value]

    return decorate


def client_context(request: HttpRequest, client: Client, current: str) -> dict[str, Any]:
    """What every tab of a client's page shows."""
    may = {
        name: request.user.has_perm(f"clients.{right}")
        for name, right in (
            ("change", "change_client"),
            ("delete", "delete_client"),
            ("force_status", "force_status"),
            ("merge", "merge_client"),
            ("add", "add_client"),
        )
    }
    return {
        "client": client,
        "status": activity.explain(client, timezone.now()),
        "tabs": tabs_of(client, request.user, current),  # type: ignore[arg-type]
        "may": may,
    }


@require_GET
@client_page("clients.view_client")
def detail(request: HttpRequest, client: Client) -> HttpResponse:
    """The tab Résumé."""
    context = client_context(request, client, "clients:detail") | {
        "completeness": completeness(client),
        "status_history": status_changes(client),
    }
    return render(request, "clients/summary.html", context)


@require_GET
@client_page("clients.view_client")
def history(request: HttpRequest, client: Client) -> HttpResponse:
    """The tab Historique."""
    asked = request.GET.get("page", "1")
    page = min(int(asked), 10_000) if asked.isascii() and asked.isdigit() and asked != "0" else 1
    found, more = changes(client, start=(page - 1) * HISTORY_PAGE, count=HISTORY_PAGE)
    context = client_context(request, client, "clients:history") | {
        "changes": found,
        "newer_page": page - 1 if page > 1 else None,
        "older_page": page + 1 if more else None,
    }
    return render(request, "clients/history.html", context)


@require_http_methods(["GET", "POST"])
@permission_required("clients.add_client", raise_exception=True)
def create(request: HttpRequest) -> HttpResponse:
    """The form of a new client."""
    may_force = request.user.has_perm("clients.force_status")
    kind = request.GET.get("kind")
    initial = {"kind": kind if kind in Client.Kind.values else Client.Kind.INDIVIDUAL}
    form = ClientForm(request.POST or None, initial=initial, may_force=may_force)
    if request.method == "POST" and form.is_valid():
        try:
            url = submit_once(
                form.cleaned_data["submission"],
                request.user,  # type: ignore[arg-type]
                lambda: services.create_client(form.save(commit=False), by=request.user),  # type: ignore[arg-type]
            )
        except IntegrityError:
            _explain_race(form)
        else:
            messages.success(request, _("Le client est créé."))
            return redirect(url)
    return _form_page(request, form, {"title": _("Nouveau client"), "cancel_url": "/clients/"})


@require_http_methods(["GET", "POST"])
@client_page("clients.change_client")
def edit(request: HttpRequest, client: Client) -> HttpResponse:
    """The form of an existing client."""
    may_force = request.user.has_perm("clients.force_status")
    form = ClientForm(request.POST or None, instance=client, may_force=may_force)
    context = {
        "title": _("Modifier le client"),
        "client": client,
        "cancel_url": client.get_absolute_url(),
    }
    if request.method == "POST" and form.is_valid():
        try:
            services.update_client(
                form.save(commit=False),
                by=request.user,
                version=form.cleaned_data["version"],
            )  # type: ignore[arg-type]
        except services.Stale:
            return _form_page(request, form, context | _conflict(form, client), status=409)
        except IntegrityError:
            _explain_race(form)
        else:
            messages.success(request, _("Les modifications sont enregistrées."))
            return redirect(client)
    return _form_page(request, form, context)


def _form_page(request: HttpRequest, form: ClientForm, context: dict[str, Any], status: int = 0) -> HttpResponse:
    context |= {
        "form": form,
        "duplicates": form.duplicates,
        "submit_label": _("Enregistrer"),
    }
    return render(
        request,
        "clients/form.html",
        context,
        status=status or (422 if form.errors else 200),
    )


def _explain_race(form: ClientForm) -> None:
    """Say what another person's simultaneous save made impossible; only a duplicate can have slipped in between."""
    form.duplicates = find_duplicates(form.cleaned_data)
    form.add_error(
        None,
        _("Un client semblable vient d’être enregistré par quelqu’un d’autre : vérifiez l’e-mail."),
    )


def _conflict(form: ClientForm, client: Client) -> dict[str, Any]:
    """What somebody else changed since the form was opened; saving again then overwrites knowingly."""
    stored = Client.objects.get(pk=client.pk)
    [last], _more = changes(stored, count=1)
    form.data = form.data.copy()
    form.data["version"] = str(stored.version)
    theirs = ClientForm(instance=stored, may_force=True)
    differences = [
        {
            "label": field.label,
            "mine": field.value() or "",
            "theirs": theirs[field.name].value() or "",
        }
        for field in form.visible_fields()
        if field.name in theirs.fields and str(field.value() or "") != str(theirs[field.name].value() or "")
    ]
    return {"conflict": {"by": last.by, "at": last.at, "changes": differences}}


@require_http_methods(["GET", "POST"])
@client_page("clients.force_status")
def status(request: HttpRequest, client: Client) -> HttpResponse:
    """The form that forces a status or gives it back to the automatic rule."""
    form = StatusForm(request.POST or None, instance=client)
    conflict: dict[str, Any] = {}
    if request.method == "POST" and form.is_valid():
        try:
            services.update_client(
                form.save(commit=False),
                by=request.user,
                version=form.cleaned_data["version"],
            )  # type: ignore[arg-type]
        except services.Stale:
            conflict = {"conflict": {"changes": []}}
        else:
            messages.success(request, _("Le statut est enregistré."))
            return redirect(client)
    code = 409 if conflict else 422 if form.errors else 200
    context = {
        "form": form,
        "title": _("Statut de %(client)s") % {"client": client.name},
        **conflict,
    }
    context |= {
        "cancel_url": client.get_absolute_url(),
        "submit_label": _("Enregistrer le statut"),
    }
    return render(
        request,
        "clients/status.html",
        client_context(request, client, "") | context,
        status=code,
    )


@require_http_methods(["GET", "POST"])
@client_page("clients.delete_client")
def delete(request: HttpRequest, client: Client) -> HttpResponse:
    """Deletion: what stands in its way and what to do instead, or what will be lost and the question."""
    reasons = services.obstacles(client)
    if request.method == "POST":
        try:
            services.delete_client(client, by=request.user)  # type: ignore[arg-type]
        except services.Refused as refusal:
            reasons = list(refusal.obstacles)
        else:
            messages.success(request, _("Le client %(client)s est supprimé.") % {"client": client})
            return redirect("clients:list")
    context = client_context(request, client, "") | {
        "obstacles": reasons,
        "cancel_url": client.get_absolute_url(),
    }
    return render(
        request,
        "clients/delete.html",
        context,
        status=409 if request.method == "POST" else 200,
    )


@require_http_methods(["GET", "POST"])
@client_page("clients.merge_client")
def merge(request: HttpRequest, client: Client) -> HttpResponse:
    """Merging: choose the other client, see what becomes of each value, confirm."""
    form = MergeForm(request.POST or request.GET or None)
    preview = None
    if form.is_valid():
        other = form.cleaned_data["other"]
        if other.pk == client.pk:
            form.add_error("other", _("Choisissez un autre client que celui-ci."))
        elif request.method == "POST" and form.cleaned_data["confirm"]:
            try:
                services.merge_clients(client, other, by=request.user)  # type: ignore[arg-type]
            except services.Refused as refusal:
                form.add_error("other", str(refusal))
            else:
                messages.success(
                    request,
                    _("%(client)s est fusionné dans cette fiche.") % {"client": other},
                )
                return redirect(client)
        else:
            preview = _merge_preview(client, other)
    context = {
        "form": form,
        "preview": preview,
        "cancel_url": client.get_absolute_url(),
    }
    code = 422 if request.method == "POST" and form.errors else 200
    return render(
        request,
        "clients/merge.html",
        client_context(request, client, "") | context,
        status=code,
    )


def _merge_preview(kept: Client, lost: Client) -> dict[str, Any]:
    after = Client.objects.get(pk=kept.pk)
    filled = services.fill_blanks(after, lost)
    names = (
        "first_name",
        "last_name",
        "company_name",
        "siret",
        "email",
        "phone",
        "street",
        "postal_code",
        "city",
    )
    rows = [
        {
            "label": Client._meta.get_field(name).verbose_name,
            "kept": getattr(after, name),
            "lost": getattr(lost, name),
            "taken": name in filled,
        }
        for name in (*names, "description", "external_reference")
        if getattr(after, name) or getattr(lost, name)
    ]
    return {"keep": kept, "lose": lost, "rows": rows}


@require_POST
@permission_required("clients.add_client", raise_exception=True)
def check(request: HttpRequest) -> HttpResponse:
    """Clients like the one being typed; by POST, since what is typed is personal."""
    entry = read_entry({name: request.POST.get(name, "") for name in ("kind", *ClientForm.Meta.fields[1:10])})
    known = request.POST.get("client", "")
    exclude = Client.objects.filter(number=known).values_list("pk", flat=True).first() if known.isdigit() else None
    return render(
        request,
        "clients/_duplicates.html",
        {"duplicates": find_duplicates(entry.values, exclude)},
    )


@require_GET
@permission_required("clients.view_client", raise_exception=True)
def pick(request: HttpRequest) -> HttpResponse:
    """Clients that match what is typed in a picker, as the options of its list."""
    query = next((value for name, value in request.GET.items() if name != "kind"), "")[:200]
    found = suggestions(query, companies_only=request.GET.get("kind") == Client.Kind.COMPANY)
    return render(request, "clients/_options.html", {"clients": found})


@require_GET
@permission_required("clients.view_client", raise_exception=True)
def towns(request: HttpRequest) -> HttpResponse:
    """The towns of a postal code, or the codes of a town, as suggestions."""
    code, city = (
        request.GET.get("postal_code", "")[:16],
        request.GET.get("city", "")[:120],
    )
    return render(request, "clients/_towns.html", {"towns": communes.suggest(code, city)})
