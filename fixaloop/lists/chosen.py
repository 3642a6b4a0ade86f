"""`/views/columns/`: which columns of a list, and how many rows of a page, one looks at on this computer."""

from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _, gettext_lazy
from django.views.decorators.http import require_http_methods

from fixaloop.forms.fields import sent
from fixaloop.lists.addresses import page_at
from fixaloop.lists.page import ListPage
from fixaloop.lists.pagination import PER_PAGE, PER_PAGE_COOKIE, PER_PAGE_DEFAULT, YEAR

KEPT: dict[str, Any] = {"max_age": YEAR, "httponly": True, "samesite": "Lax"}


class ShownForm(forms.Form):
    columns = forms.MultipleChoiceField(
        label=gettext_lazy("Colonnes"), required=False, widget=forms.CheckboxSelectMultiple
    )
    per_page = forms.TypedChoiceField(
        label=gettext_lazy("Lignes par page"), choices=[(size, str(size)) for size in PER_PAGE], coerce=int
    )
    list = forms.CharField(widget=forms.HiddenInput, max_length=2000)

    def __init__(self, *args: Any, page: ListPage, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        # The first names the row.
        self.fields["columns"].choices = [(column.name, column.label) for column in page.columns[1:]]  # type: ignore[attr-defined]


@require_http_methods(["GET", "HEAD", "POST"])
def columns(request: HttpRequest) -> HttpResponse:
    address = (request.POST if request.method == "POST" else request.GET).get("list", "")
    path, _question, query = address.partition("?")
    page = page_at(path, query, request.user)
    offered = [column.name for column in page.columns[1:]]
    away = page.away(request)
    initial = {
        "list": address,
        "columns": [name for name in offered if name not in away],
        "per_page": request.COOKIES.get(PER_PAGE_COOKIE, PER_PAGE_DEFAULT),
    }
    form = ShownForm(sent(request), page=page, initial=initial)
    if form.is_valid():
        response = redirect(f"{page.list_path}?{query}" if query else page.list_path)
        left_out = [name for name in offered if name not in form.cleaned_data["columns"]]
        response.set_cookie(page.away_cookie, ".".join(left_out), **KEPT)
        response.set_cookie(PER_PAGE_COOKIE, str(form.cleaned_data["per_page"]), **KEPT)
        return response
    context = {"form": form, "list_title": page.title, "list_url": address, "page_title": _("Affichage de la liste")}
    return render(request, "columns.html", context, status=422 if form.errors else 200)
