"""`/views/`: saving what a list shows as a view, and renaming and deleting the views there are."""

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import Resolver404, resolve
from django.utils.translation import gettext as _, gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST

from fixaloop.declared.undos import DELETED, RENAMED, SAVED
from fixaloop.forms.fields import TidyForm, sent
from fixaloop.forms.undo import tell_undoable
from fixaloop.lists import saved
from fixaloop.lists.addresses import page_at
from fixaloop.lists.models import LONGEST_NAME, LONGEST_QUERY, SavedView
from fixaloop.lists.page import ListPage
from fixaloop.records.refusal import Refused


class NameForm(TidyForm, forms.Form):
    name = forms.CharField(label=gettext_lazy("Nom de la vue"), max_length=LONGEST_NAME)


class SaveForm(NameForm):
    list = forms.CharField(widget=forms.HiddenInput, max_length=LONGEST_QUERY)
    for_all = forms.BooleanField(label=gettext_lazy("Pour tous ceux qui voient cette liste"), required=False)

    def __init__(self, *args: Any, user: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not user.has_perm(saved.SHARE):
            del self.fields["for_all"]


@dataclass(frozen=True)
class Line:
    """A saved view as its page shows it."""

    view: SavedView
    list_title: str
    may_change: bool


@require_http_methods(["GET", "HEAD", "POST"])
def views(request: HttpRequest) -> HttpResponse:
    """All the views that a person has; with the address of a list, the form that saves what it shows."""
    address = (request.POST if request.method == "POST" else request.GET).get("list", "")
    if not address:
        return _show(request, {})
    path, _question, query = address.partition("?")
    page = page_at(urlsplit(path).path, query, request.user)
    if page.errors:
        return redirect(address if page.list_path == path else page.list_path)
    form = SaveForm(sent(request), initial={"list": address}, user=request.user)
    if form.is_valid():
        try:
            return _save(request, page, form.cleaned_data)
        except Refused as why:
            form.add_error("name", str(why))
    context = {"form": form, "page": page, "list_title": page.title, "list_url": address}
    return _show(request, context, status=422 if form.errors else 200)


def _save(request: HttpRequest, page: ListPage, asked: dict[str, Any]) -> HttpResponse:
    for_all = asked.get("for_all", False)
    view, before = saved.save(page, asked["name"], for_all=for_all)
    if before != view.query:
        said = _("La vue « %(name)s » est enregistrée.") if before is None else _("La vue « %(name)s » est remplacée.")
        tell_undoable(request, said % {"name": view.name}, SAVED, view=view.pk, query=view.query, before=before)
    return redirect(view.address)


@require_POST
def rename(request: HttpRequest, pk: int) -> HttpResponse:
    view = _changed(request, pk)
    form, before = NameForm(request.POST), view.name
    if form.is_valid() and form.cleaned_data["name"] != before:
        try:
            saved.rename(view, form.cleaned_data["name"])
        except Refused as why:
            form.add_error("name", str(why))
        else:
            said = _("« %(before)s » s’appelle maintenant « %(name)s ».") % {"before": before, "name": view.name}
            tell_undoable(request, said, RENAMED, view=pk, name=view.name, before=before)
    if form.errors:
        return _show(request, {"renamed": view, "form_of_name": form}, status=422)
    return redirect("views:list")


@require_POST
def delete(request: HttpRequest, pk: int) -> HttpResponse:
    """Delete a view; one that is gone already is as good as deleted."""
    if not SavedView.objects.filter(pk=pk).exists():
        return redirect("views:list")
    view = _changed(request, pk)
    kept = {"list": view.list, "name": view.name, "query": view.query, "for_all": view.owner_id is None}
    view.delete()
    tell_undoable(request, _("La vue « %(name)s » est supprimée.") % {"name": view.name}, DELETED, **kept)
    return redirect("views:list")


def _changed(request: HttpRequest, pk: int) -> SavedView:
    view = get_object_or_404(saved.visible(request.user), pk=pk)
    saved.require_change(view, request.user)
    return view


def _show(request: HttpRequest, context: dict[str, Any], status: int = 200) -> HttpResponse:
    mine = saved.visible(request.user).order_by("list", "pk")
    lines = [Line(view, _title(view.list), saved.may_change(view, request.user)) for view in mine]
    page_title = _("Enregistrer une vue") if "page" in context else _("Mes vues")
    context = {"lines": lines, "page_title": page_title, **context}
    return render(request, "views.html", context, status=status)


def _title(path: str) -> str:
    """The heading of the list at a path; the path itself where there is none any more."""
    try:
        found: Any = resolve(path).func
    except Resolver404:
        return path
    return str(getattr(getattr(found, "view_class", None), "title", path))
