"""Fragments requested while somebody types: similar clients, clients to pick, towns."""

from django.contrib.auth.decorators import permission_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_POST, require_safe

from clients.models import Client
from clients.pages.duplicates import find_duplicates
from clients.pages.forms import CONTACT, IDENTITY
from clients.pages.picker import suggest
from clients.typed import read_client
from clients.values import communes


@require_POST
@permission_required("clients.view_client", raise_exception=True)
def check(request: HttpRequest) -> HttpResponse:
    """Similar clients. POST, because what is typed is personal data."""
    names = (*IDENTITY, *CONTACT, "postal_code", "country")
    reading = read_client({name: request.POST.get(name, "") for name in names})
    known = request.POST.get("client", "")
    exclude = (
        Client.objects.filter(number=known).values_list("pk", flat=True).first()
        if known.isdecimal() and known.isascii()
        else None
    )
    return render(request, "clients/_duplicates.html", {"duplicates": find_duplicates(reading.values, exclude)})


@require_safe
@permission_required("clients.view_client", raise_exception=True)
def pick(request: HttpRequest) -> HttpResponse:
    query = next((str(value) for name, value in request.GET.items() if name != "kind"), "")[:200]
    found = suggest(query, companies_only=request.GET.get("kind") == Client.Kind.COMPANY)
    return render(request, "clients/_options.html", {"suggestions": found})


@require_safe
@permission_required("clients.view_client", raise_exception=True)
def towns(request: HttpRequest) -> HttpResponse:
    code, city = request.GET.get("postal_code", "")[:16], request.GET.get("city", "")[:120]
    context = {"towns": communes.suggest(code, city), "for_code": request.GET.get("for") == "code"}
    return render(request, "clients/_towns.html", context)
