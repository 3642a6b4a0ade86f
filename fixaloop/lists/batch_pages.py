"""The pages of batches: what will change, said row by row; what was done; undoing it; those of the last days."""

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any
from urllib.parse import urlsplit
from uuid import uuid4

from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.formats import number_format
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from fixaloop.forms.submissions import already_created, submit_once, token_of
from fixaloop.lists.addresses import page_at
from fixaloop.lists.batches import MOST, Action, Kind, Line, plan, run, undo
from fixaloop.models import ListBatch
from fixaloop.web.refusals import require, require_any
from fixaloop.words.text import person_name

SHOWN = 50
PAST = 20


def urls(kind: Kind, prefix: str, name: str) -> list[URLPattern]:
    """`name` is that of `Kind.page`, without its namespace."""
    pages = Pages(kind)
    return [
        path(prefix, require_http_methods(["GET", "HEAD", "POST"])(pages.start), name=name),
        path(f"{prefix}<int:pk>/", require_safe(pages.done), name=f"{name}-done"),
        path(f"{prefix}<int:pk>/undo/", require_POST(pages.undo), name=f"{name}-undo"),
    ]


class Nothing(Exception):
    """Why no row is chosen, as a sentence."""


@dataclass(frozen=True)
class Pages:
    kind: Kind

    def start(self, request: HttpRequest) -> HttpResponse:
        """The last batches; rows that are sent from a list get their preview, and a preview is confirmed once."""
        require_any(request.user, *{action.right for action in self.kind.offers})
        if request.method != "POST":
            return self._past(request)
        action = self.kind.action(request.POST.get("action", ""))
        if action is None:
            raise Http404
        require(request.user, action.right)
        if url := already_created(request.POST):
            return redirect(url)
        try:
            versions = self._chosen(request)
        except Nothing as reason:
            context = {"reason": str(reason), "title": action.label}
            return self._show(request, "batches/nothing.html", context, HTTPStatus.UNPROCESSABLE_ENTITY)
        return self._planned(request, action, versions)

    def _planned(self, request: HttpRequest, action: Action, versions: Mapping[int, int]) -> HttpResponse:
        is_asked = "asked" in request.POST or not action.form.base_fields
        form = action.form(request.POST if is_asked else None)
        if form.is_valid() and "confirm" in request.POST:
            return redirect(self._confirmed(request, action, versions, form.cleaned_data))
        context: dict[str, Any] = {
            "action": action,
            "title": action.label,
            "form": form,
            "count_text": self._count(len(versions)),
            "keys": ",".join(f"{pk}:{version}" for pk, version in versions.items()),
            "submission": uuid4(),
        }
        if form.is_valid():
            lines = plan(action, list(self.kind.find(versions)), versions, form.cleaned_data, timezone.now())
            context |= told(lines, lambda row: self.kind.detail(row, request.user))
            context["hidden"] = [field.as_hidden() for field in form]
        status = HTTPStatus.UNPROCESSABLE_ENTITY if form.errors else HTTPStatus.OK
        return self._show(request, "batches/preview.html", context, status)

    def _confirmed(
        self, request: HttpRequest, action: Action, versions: Mapping[int, int], asked: Mapping[str, Any]
    ) -> str:
        """The address of the batch, written now unless this preview was confirmed before."""
        user: Any = request.user

        def write() -> ListBatch:
            return run(self.kind, action, versions, asked, by=user, at=timezone.now())

        return submit_once(token_of(request.POST), user, write, self._address)

    def done(self, request: HttpRequest, pk: int) -> HttpResponse:
        batch, action = self._batch(request, pk)
        changed, refused = batch.rows.exclude(mark=""), batch.rows.exclude(refused="")
        kept = changed.filter(undone=False) if batch.undone_at else changed.none()
        context = {
            "batch": batch,
            "title": action.label,
            "author": person_name(batch.by) if batch.by else "",
            "undone_by": person_name(batch.undone_by) if batch.undone_by else "",
            "changed_text": self._count(changed.count()),
            "undone_text": self._count(changed.filter(undone=True).count()),
            "changed": self._named(changed[:SHOWN]),
            "refused_count": refused.count(),
            "refused": self._named(refused[:SHOWN]),
            "kept_count": kept.count(),
            "kept": self._named(kept[:SHOWN]),
            "undo_url": reverse(f"{self.kind.page}-undo", args=[pk]),
        }
        return self._show(request, "batches/done.html", context)

    def undo(self, request: HttpRequest, pk: int) -> HttpResponse:
        batch, _action = self._batch(request, pk)
        undo(self.kind, batch, by=request.user, at=timezone.now())  # type: ignore[arg-type]
        return redirect(self._address(batch))

    def _past(self, request: HttpRequest) -> HttpResponse:
        batches = ListBatch.objects.filter(kind=self.kind.name, by=request.user.pk)[:PAST]
        labels = {action.name: action.label for action in self.kind.offers}
        shown = [(batch, labels.get(batch.action, batch.action), self._address(batch)) for batch in batches]
        return self._show(request, "batches/past.html", {"batches": shown, "title": _("Mes derniers lots")})

    def _batch(self, request: HttpRequest, pk: int) -> tuple[ListBatch, Action]:
        require_any(request.user, *{action.right for action in self.kind.offers})
        batch = get_object_or_404(ListBatch.objects.select_related("by", "undone_by"), kind=self.kind.name, pk=pk)
        action = self.kind.action(batch.action)
        if action is None:
            raise Http404
        require(request.user, action.right)
        return batch, action

    def _address(self, batch: ListBatch) -> str:
        return reverse(f"{self.kind.page}-done", args=[batch.pk])

    def _chosen(self, request: HttpRequest) -> dict[int, int]:
        """The keys and versions of the rows chosen: those of a preview, all of a list, or those ticked."""
        if kept := versions_of(request.POST.get("keys", "")):
            return kept
        keys: Collection[int] = self._whole(request) if "all" in request.POST else ticked(request.POST)
        found = self.kind.model._default_manager.filter(pk__in=keys).order_by("pk")
        versions = dict(found.values_list("pk", "version"))
        if not versions:
            raise Nothing(_("Rien n’est coché : cochez des lignes de la liste."))
        return versions

    def _whole(self, request: HttpRequest) -> Collection[int]:
        address = urlsplit(request.POST.get("list", ""))
        page = page_at(address.path, address.query, request.user)
        if getattr(page, "batch", None) is not self.kind or page.errors:
            raise Nothing(_("Cette liste n’a pas de sens : revenez-y et corrigez ses filtres."))
        keys = list(page.queryset.order_by().values_list("pk", flat=True)[: MOST + 1])
        if len(keys) > MOST:
            message = _("Cette liste dépasse %(most)s lignes : affinez les filtres, puis recommencez.")
            raise Nothing(message % {"most": number_format(MOST)})
        return keys

    def _named(self, rows: Iterable[Any]) -> list[tuple[Any, Any]]:
        """Rows of a batch with the row of the list each tells of; None for one that is deleted."""
        rows = list(rows)
        found = self.kind.model._default_manager.in_bulk([line.row for line in rows])
        return [(line, found.get(line.row)) for line in rows]

    def _count(self, count: int) -> str:
        return str(self.kind.noun % {"number": count, "count": number_format(count)})

    def _show(self, request: HttpRequest, template: str, context: dict[str, Any], status: int = 200) -> HttpResponse:
        address = request.POST.get("list", "")
        # Of this site alone: an address without host.
        is_own = address.startswith("/") and not address.startswith(("//", "/\\"))
        context |= {
            "list_title": self.kind.title,
            "list_url": address if is_own else reverse(self.kind.home),
            "page_title": context["title"],
            "start_url": reverse(self.kind.page),
        }
        return render(request, template, context, status=status)


def told(lines: Sequence[Line], detail: Callable[[Any], str]) -> dict[str, Any]:
    """What the preview shows: the first rows that change, how many do not and why."""
    changes = [line for line in lines if line.changes]
    refused = [line for line in lines if line.step.refused]
    reasons = Counter(line.step.refused for line in refused)
    return {
        "lines": lines,
        "changes": [(line.row, detail(line.row), line.step) for line in changes[:SHOWN]],
        "change_count": len(changes),
        "more_changes": max(0, len(changes) - SHOWN),
        "same_count": len(lines) - len(changes) - len(refused),
        "refused_count": len(refused),
        "reasons": [(reason, count, examples(refused, reason)) for reason, count in reasons.most_common()],
    }


def examples(refused: Iterable[Line], reason: str) -> list[Any]:
    return [line.row for line in refused if line.step.refused == reason][:SHOWN]


def ticked(sent: QueryDict) -> set[int]:
    return {int(key) for key in sent.getlist("row")[:MOST] if key.isascii() and key.isdigit() and len(key) < 19}


def versions_of(text: str) -> dict[int, int]:
    """The rows of a preview, as its form holds them: “12:1,15:3”."""
    pairs = (pair.partition(":") for pair in text.split(",")[:MOST])
    return {
        int(key): int(version)
        for key, _colon, version in pairs
        if key.isascii() and key.isdigit() and version.isascii() and version.isdigit() and len(key + version) < 19
    }
