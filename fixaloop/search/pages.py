"""`/search/`: everything at once, as a page and as what the command bar shows."""

from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils import timezone
from django.utils.cache import patch_vary_headers
from django.utils.translation import gettext as _, ngettext
from django.views.decorators.http import require_safe

from fixaloop.search.groups import Group, find_groups, to_open
from fixaloop.search.hits import Asked

LONGEST = 200


class SearchForm(forms.Form):
    q = forms.CharField(required=False, max_length=LONGEST)


@require_safe
def search(request: HttpRequest) -> HttpResponse:
    """What may be seen of all that was found. With `open`, go at once to what was named exactly."""
    form = SearchForm(request.GET)
    groups = _groups(request, form)
    if request.GET.get("open") and (hit := to_open(groups)):
        return HttpResponseRedirect(hit.url)
    live = request.htmx and not request.htmx.history_restore_request  # type: ignore[attr-defined]
    response = render(request, "search/_hits.html" if live else "search/page.html", _context(request, form, groups))
    patch_vary_headers(response, ["HX-Request"])
    return response


def _groups(request: HttpRequest, form: SearchForm) -> list[Group]:
    if not form.is_valid():
        return []
    return find_groups(Asked(form.cleaned_data["q"], request.user, timezone.now()))


def _context(request: HttpRequest, form: SearchForm, groups: list[Group]) -> dict[str, Any]:
    count = sum(len(group.hits) for group in groups)
    return {
        "page_title": _("Rechercher"),
        "asked": request.GET.get("q", ""),
        "errors": form.errors.get("q", ()),
        "groups": groups,
        "count": ngettext("%(count)d résultat", "%(count)d résultats", count) % {"count": count},
    }
