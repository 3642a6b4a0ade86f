"""Forgetting clients without contact: who is chosen, the question, and how far the worker is."""

from datetime import datetime
from urllib.parse import urlencode, urlsplit
from uuid import uuid4

from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from clients.lists.due import ALL, FORGET, DueFilter
from clients.models import Client, ForgettingJob
from clients.pages.forgetting import ask, chosen, refusals
from clients.reference import parse_reference
from clients.services.due import kept_for, quiet, with_keeps
from fixaloop.accounts.proof import proof_required
from fixaloop.databases.pages import show_written
from fixaloop.forms.submissions import submit_once, token_of
from fixaloop.jobs import OPEN, cancel, is_orphan
from fixaloop.lists.batch_pages import ticked
from fixaloop.lists.counting import COUNT_CAP, capped_count
from fixaloop.web.refusals import permission_required
from fixaloop.worker.silence import silence_told

SHOWN = 20
# A page of the list has fewer boxes.
MOST_TICKED = 500
forgetting = permission_required(("clients.view_client", FORGET))


@require_http_methods(["GET", "HEAD", "POST"])
@forgetting
@proof_required
def forget(request: HttpRequest) -> HttpResponse:
    """Ask before clients are forgotten for good: those who are ticked, or all that the filters find."""
    if "list" in request.POST:
        return redirect(f"{reverse('clients:forget')}?{_asked(request.POST)}")
    keys = _ticked(request)
    query = "" if keys else _filters(request)
    if not keys and ALL not in request.GET:
        return render(request, "clients/forget.html", {"page_title": _("Anonymiser"), "count": 0}, status=422)
    if request.method == "POST":
        token = token_of(request.POST)
        return redirect(submit_once(token, request.user, lambda: ask(request.user, query, keys)))  # type: ignore[arg-type]
    at = timezone.now()
    rows = chosen(request.user, query, keys).order_by("last_contact_at", "pk")
    context = {
        "page_title": _("Anonymiser les clients sans contact"),
        "count": min(count := capped_count(rows), COUNT_CAP),
        "is_more": count > COUNT_CAP,
        "shown": rows[:SHOWN],
        "is_all": not keys,
        "submission": uuid4(),
        "kept": _kept(keys, at),
    }
    return render(request, "clients/forget.html", context)


@require_http_methods(["GET", "HEAD"])
@forgetting
def job(request: HttpRequest, pk: int) -> HttpResponse:
    found = get_object_or_404(ForgettingJob, pk=pk, by=request.user)
    orphan = is_orphan(found, timezone.now())
    running = found.state in OPEN and not orphan
    if not running:
        show_written(request)
    context = {
        "page_title": _("Anonymisation de clients"),
        "job": found,
        "running": running,
        "orphan": orphan,
        "silence": silence_told(found, timezone.now()),
        "percent": min(99, found.done * 100 // found.total) if found.total else 0,
        "refused": refusals(found),
    }
    template = "clients/forgetting.html" + ("#progress" if request.htmx and running else "")  # type: ignore[attr-defined]
    response = render(request, template, context)
    if request.htmx and not running:  # type: ignore[attr-defined]
        response["HX-Refresh"] = "true"
    return response


@require_POST
@forgetting
def stop(request: HttpRequest, pk: int) -> HttpResponse:
    """Stop after the client that is being forgotten; those who are stay so."""
    found = get_object_or_404(ForgettingJob, pk=pk, by=request.user)
    cancel(found, timezone.now())
    return redirect(found)


def _ticked(request: HttpRequest) -> list[int]:
    numbers = {parse_reference(text) for text in request.GET.getlist("client")[:MOST_TICKED]} - {None}
    return list(Client.objects.filter(number__in=numbers).order_by("pk").values_list("pk", flat=True))


def _asked(sent: QueryDict) -> str:
    """The address of the question about what the list has sent: its rows that are ticked, or all of them."""
    if ALL in sent:
        return "&".join(filter(None, (urlsplit(str(sent["list"])).query, f"{ALL}=1")))
    found = Client.objects.filter(pk__in=ticked(sent)).order_by("pk")
    return urlencode([("client", client.reference) for client in found.only("number")])


def _filters(request: HttpRequest) -> str:
    kept = request.GET.copy()
    for name in set(kept) - set(DueFilter.base_filters):
        del kept[name]
    return kept.urlencode()


def _kept(keys: list[int], at: datetime) -> list[tuple[Client, list[str]]]:
    ticked = with_keeps(quiet(at).filter(pk__in=keys), at).order_by("last_contact_at", "pk")
    return [(client, reasons) for client in ticked if (reasons := kept_for(client))][:SHOWN]
