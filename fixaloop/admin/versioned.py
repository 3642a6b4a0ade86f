"""One way for every table of Django's admin: as quick with a million rows, a stale page refused, creation once."""

import json
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any, ClassVar

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.contrib.admin.utils import display_for_field, unquote
from django.contrib.admin.views.main import ChangeList
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import IntegrityError, transaction
from django.db.models import ForeignKey, ManyToManyField, Model, Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext as _, gettext_lazy
from simple_history.admin import SimpleHistoryAdmin
from simple_history.models import DeletedObject
from simple_history.template_utils import HistoricalRecordContextHelper

from fixaloop.admin.big_tables import (
    LONGEST_SEARCH,
    Autocomplete,
    AutocompleteSeveral,
    EstimatingPaginator,
    QuickChangeList,
    SeveralField,
)
from fixaloop.forms.parsing import parse_key
from fixaloop.forms.submissions import SubmissionField, already_created, forget, submit_once
from fixaloop.records.refusal import Refused, Stale

MOST_DELETED = 100


class AdminForm(forms.ModelForm):
    """A form that creates once, and refuses to save a page opened before somebody else saved the row."""

    stale: Any = gettext_lazy(
        "Cette fiche a été modifiée par quelqu’un d’autre depuis l’ouverture de cette page : rouvrez-la pour voir ce"
        " qui a changé, puis refaites vos modifications."
    )
    # The state of the row when the page was opened; scripts may leave it out.
    version: Any = forms.CharField(required=False, widget=forms.HiddenInput)
    submission = SubmissionField()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields.pop("version" if self.instance._state.adding else "submission", None)
        if "version" in self.fields:
            self.initial["version"] = self._stored_version()

    def _stored_version(self) -> str:
        """The version of the row; without such a column, a fingerprint of all that the form would overwrite."""
        if hasattr(self.instance, "version"):
            return str(self.instance.version)
        initial = {
            name: _plain(self.get_initial_for_field(field, name))
            for name, field in self.fields.items()
            if name != "version" and not field.disabled
        }
        return salted_hmac("fixaloop.admin.AdminForm", json.dumps(initial), algorithm="sha256").hexdigest()

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        if cleaned.get("version") and cleaned["version"] != self.initial["version"]:
            self.add_error(None, self.stale)
        return cleaned


def _plain(value: Any) -> Any:
    if isinstance(value, QuerySet | list):
        return sorted(map(_plain, value))
    return str(value.pk if isinstance(value, Model) else value)


class AlreadyCreated(Exception):
    """The form had been sent before; the argument is the page of what it created."""


class VersionedAdmin(admin.ModelAdmin):
    """An admin whose list costs the same with a hundred rows and with a million, and whose pages lose no change.

    Filters are those of `list_filter`; an address may ask for no other. An app says how rows are written (`create`,
    `update`, `remove`), searched (`matching`) and what forbids deleting them (`obstacles`), mostly by its services.
    """

    form = AdminForm
    paginator = EstimatingPaginator
    show_full_result_count = False
    show_facets = admin.ShowFacets.NEVER
    list_per_page = 50
    # Said when more than `MOST_DELETED` rows are to be deleted at once, where `obstacles` tells what forbids it.
    too_many: ClassVar[Any] = ""

    def create(self, row: Any, form: Any, by: Any) -> Any:
        row.save()
        return row

    def update(self, row: Any, form: Any, by: Any) -> None:
        row.save()

    def remove(self, row: Any, by: Any) -> None:
        row.delete()

    def obstacles(self, row: Any) -> Sequence[str]:
        raise NotImplementedError

    def matching(self, query: str) -> Q | None:
        """The condition of a search; None for Django's own search of `search_fields`."""
        return None

    def detailed(self, rows: QuerySet[Any]) -> QuerySet[Any]:
        """The rows of one page with all that is shown of them; an OFFSET would work it out for those it skips too."""
        return rows

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[ChangeList]:
        return QuickChangeList

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        if len(search_term) > LONGEST_SEARCH or "\0" in search_term:
            return queryset.none(), False
        condition = self.matching(search_term) if search_term.strip() else Q()
        if condition is None:
            return super().get_search_results(request, queryset, search_term)
        return queryset.filter(condition), False

    def lookup_allowed(self, lookup: str, value: Any, request: HttpRequest | None = None) -> bool:
        """No NUL, which PostgreSQL does not take, and no lookup that scans the table."""
        if "\0" in str(value):
            return False
        name, *path = lookup.split("__")
        for item in self.list_filter if request is None else self.get_list_filter(request):
            if item == name and path and path[-1] in ("exact", "isnull"):
                return True
            if getattr(item, "parameter_name", None) == lookup:
                return True
        return False

    def response_action(self, request: HttpRequest, queryset: QuerySet[Any]) -> HttpResponse | None:
        """Do what is asked with the rows that are ticked; a key that no page sends (`abc`) ticks none."""
        sent = request.POST.copy()
        sent.setlist(ACTION_CHECKBOX_NAME, [key for key in sent.getlist(ACTION_CHECKBOX_NAME) if parse_key(key)])
        request.POST = sent  # type: ignore[assignment]
        return super().response_action(request, queryset)

    def formfield_for_foreignkey(self, db_field: ForeignKey[Any, Any], request: HttpRequest, **kwargs: Any) -> Any:
        if db_field.name in self.get_autocomplete_fields(request):
            kwargs["widget"] = Autocomplete(db_field, self.admin_site)
        return super().formfield_for_foreignkey(db_field, request, **kwargs)

    def formfield_for_manytomany(self, db_field: ManyToManyField[Any, Any], request: HttpRequest, **kwargs: Any) -> Any:
        if db_field.name in self.get_autocomplete_fields(request):
            kwargs["widget"] = AutocompleteSeveral(db_field, self.admin_site)
        kwargs.setdefault("form_class", SeveralField)
        return super().formfield_for_manytomany(db_field, request, **kwargs)

    def get_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        return [name for name in super().get_fields(request, obj) if name not in AdminForm.base_fields]

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        # Django asks which fields there are with None for `fields`. A page that is only shown has nothing to check.
        if obj and kwargs.get("fields", ()) is not None and not self.has_change_permission(request, obj):
            kwargs["form"] = forms.ModelForm
        return super().get_form(request, obj, change=change, **kwargs)

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """Show or save a form. If somebody else was faster, read it again: it then says so and keeps what was typed."""
        if object_id is None and request.method == "POST" and (created := already_created(request.POST)):
            return redirect(created)
        view = partial(super().changeform_view, request, object_id, form_url, extra_context)
        if object_id and request.method == "POST" and not hasattr(self.model, "version"):
            view = partial(self._locked, object_id, view)
        try:
            return self._or_refusal(request, view)
        except AlreadyCreated as done:
            return redirect(done.args[0])
        except (Stale, IntegrityError, ValidationError):
            return self._or_refusal(request, view)

    @transaction.atomic
    def _locked(self, object_id: str, view: Callable[[], HttpResponse]) -> HttpResponse:
        """Let nobody come between the check and the save of a row without a version, which no service compares."""
        list(self.model._default_manager.select_for_update(of=("self",)).filter(pk=parse_key(unquote(object_id))))
        return view()

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        if not change:
            create = partial(self.create, obj, form, request.user)
            url = submit_once(form.cleaned_data["submission"], request.user, create, self._page_of)
            if obj.pk is None:
                raise AlreadyCreated(url)
        elif form.has_changed():
            self.update(obj, form, request.user)

    def _page_of(self, row: Any) -> str:
        if hasattr(row, "get_absolute_url"):
            return str(row.get_absolute_url())
        return reverse(f"admin:{self.opts.app_label}_{self.opts.model_name}_change", args=[row.pk])

    def get_deleted_objects(self, objs: Any, request: HttpRequest) -> tuple[list[str], Any, set[str], Any]:
        """What stands in the way, as `obstacles` says it: Django's own way would load every row below."""
        if not self.too_many:
            return super().get_deleted_objects(objs, request)
        chosen = list(objs[: MOST_DELETED + 1])
        if len(chosen) > MOST_DELETED:
            return [], {}, set(), [self.too_many % {"most": MOST_DELETED}]
        blocked = [f"{row} : {reason}" for row in chosen for reason in self.obstacles(row)]
        return [str(row) for row in chosen], {self.opts.verbose_name_plural: len(chosen)}, set(), blocked

    def delete_model(self, request: HttpRequest, obj: Any) -> None:
        page = self._page_of(obj)
        self.remove(obj, request.user)
        forget(page)

    @transaction.atomic
    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> None:
        for row in queryset:
            self.delete_model(request, row)

    def delete_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        return self._or_refusal(request, partial(super().delete_view, request, *args, **kwargs))

    def changelist_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        return self._or_refusal(request, partial(super().changelist_view, request, *args, **kwargs))

    def _or_refusal(self, request: HttpRequest, view: Callable[[], HttpResponse]) -> HttpResponse:
        try:
            return view()
        except Refused as refusal:
            self.message_user(request, str(refusal), messages.ERROR)
            return redirect(request.get_full_path())


class ReadOnlyAdmin(VersionedAdmin):
    """Rows to look at: pages, readers and services write them."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


class ShownChanges(HistoricalRecordContextHelper):
    """The two values of a change as people read them, not as they are stored."""

    shows: Mapping[str, Callable[[Any], str]] = {}

    def prepare_delta_change_value(self, change: Any, value: Any) -> Any:
        field: Any = self.model._meta.get_field(change.field)
        if field.many_to_many:
            value = ", ".join(map(str, super().prepare_delta_change_value(change, value)))
        if value in (None, "", {}):
            return "—"
        if isinstance(value, DeletedObject):
            return _("supprimé depuis")
        if isinstance(value, bool):
            return _("oui") if value else _("non")
        show = self.shows.get(change.field)
        return show(value) if show else display_for_field(value, field, value)


class HistoryAdmin(VersionedAdmin, SimpleHistoryAdmin):
    """An admin that shows the history of its rows and puts nothing back: services alone write."""

    history_list_per_page = 50
    object_history_list_template = "admin/history_list.html"
    # How a value is read where its field does not say.
    history_shows: ClassVar[Mapping[str, Callable[[Any], str]]] = {}

    def revert_disabled(self, request: HttpRequest, obj: Any = None) -> bool:
        return True

    def history_view(
        self, request: HttpRequest, object_id: str, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """The history of a row, there or deleted; of a row that never was, the admin's usual answer."""
        if parse_key(unquote(object_id)):
            try:
                return super().history_view(request, object_id, extra_context)
            except Http404:
                pass
        return self._get_obj_does_not_exist_redirect(request, self.opts, object_id)

    def history_form_view(
        self, request: HttpRequest, object_id: str, version_id: str, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        if request.method == "POST":
            # The library would let even a reader put a row back.
            raise PermissionDenied
        if not (parse_key(object_id) and parse_key(version_id)):
            return self._get_obj_does_not_exist_redirect(request, self.opts, object_id)
        return super().history_form_view(request, object_id, version_id, {"opts": self.opts, **(extra_context or {})})

    def history_view_title(self, request: HttpRequest, obj: Any) -> str:
        return _("Historique des modifications")

    def get_historical_record_context_helper(self, request: HttpRequest, historical_record: Any) -> ShownChanges:
        helper = ShownChanges(self.model, historical_record)
        helper.shows = self.history_shows
        return helper
