"""Django's admin on big tables: no full count, no scan, no box that lists everybody (speed.md)."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, ClassVar

from django import forms
from django.contrib import admin
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.contrib.admin.utils import display_for_field, unquote
from django.contrib.admin.views.main import SEARCH_VAR, ChangeList, ChangeListSearchForm
from django.contrib.admin.widgets import AutocompleteSelect
from django.contrib.auth.admin import GroupAdmin as DjangoGroupAdmin
from django.contrib.auth.admin import UserAdmin as DjangoUserAdmin
from django.contrib.auth.models import Group, Permission, User
from django.core.paginator import Paginator
from django.db import connections
from django.db.models import ForeignKey, ManyToManyField, QuerySet
from django.forms import ModelMultipleChoiceField
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.formats import number_format
from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from django_tasks_db import admin as tasks
from simple_history.admin import SimpleHistoryAdmin
from simple_history.models import DeletedObject
from simple_history.template_utils import HistoricalRecordContextHelper

from fixaloop.forms.submissions import already_created, submit_once

DEPTH = 10_000
LONGEST_SEARCH = 200
LONGEST_KEY = 18


def is_key(text: str) -> bool:
    """Whether a text of an address or a form can be the key of a row."""
    return text.isdecimal() and len(text) <= LONGEST_KEY


class EstimatingPaginator(Paginator):
    """Pages of a list counted no further than `DEPTH` rows; beyond, the size is what PostgreSQL's statistics say.

    Pages stop at `DEPTH` rows too, since an OFFSET reads all it skips; searching, filtering and sorting lead further.
    """

    @cached_property
    def count(self) -> int:
        queryset: Any = self.object_list
        counted: int = queryset.order_by()[: DEPTH + 1].count()
        return counted if counted <= DEPTH else max(counted, self.estimate)

    @cached_property
    def num_pages(self) -> int:
        return min(super().num_pages, DEPTH // self.per_page)

    @cached_property
    def estimate(self) -> int:
        """The rows of the whole table by the database's statistics; 0 where they say nothing of this list."""
        queryset: Any = self.object_list
        connection = connections[queryset.db]
        if connection.vendor != "postgresql" or queryset.query.where or queryset.query.distinct:
            return 0
        with connection.cursor() as cursor:
            table = connection.ops.quote_name(queryset.model._meta.db_table)
            cursor.execute("SELECT reltuples::bigint FROM pg_class WHERE oid = %s::regclass", [table])
            return int(cursor.fetchone()[0])

    @property
    def is_rough(self) -> bool:
        """Whether `count` is more a size than a count."""
        return self.count > DEPTH

    @property
    def count_text(self) -> str:
        """“412”, “environ 1 000 000” or “plus de 10 000”."""
        if not self.is_rough:
            return number_format(self.count)
        if self.estimate > DEPTH:
            return _("environ %(count)s") % {"count": number_format(self.estimate)}
        return _("plus de %(count)s") % {"count": number_format(DEPTH)}


class SearchForm(ChangeListSearchForm):
    """The search of an admin list, refused with a sentence where it is too long to be one."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields[SEARCH_VAR] = forms.CharField(required=False, strip=False, max_length=LONGEST_SEARCH)


class FastChangeList(ChangeList):
    """A list that sorts by its sortable columns only, whatever the address asks."""

    search_form_class = SearchForm

    def get_ordering_field(self, field_name: Any) -> Any:
        return super().get_ordering_field(field_name) if field_name in (self.sortable_by or ()) else None

    def get_results(self, request: HttpRequest) -> None:
        super().get_results(request)
        if isinstance(self.model_admin, FastAdmin):
            self.result_list = self.model_admin.detailed(self.result_list)
        if self.paginator.is_rough:
            # The search box would show a rough count as an exact one; it shows none where the two counts agree.
            self.full_result_count = self.result_count


class Autocomplete(AutocompleteSelect):
    """Django's suggestions as one types; what no page sends (`company=JT`) is refused by the field, not a crash."""

    def optgroups(self, name: str, value: Sequence[str], attrs: dict[str, Any] | None = None) -> Any:
        keys = [key for key in value if is_key(str(key))]
        return super().optgroups(name, keys, attrs)


class FastAdmin(admin.ModelAdmin):
    """An admin whose list costs the same with a hundred rows and with a million.

    Its filters are those of `list_filter`, and an address may ask for no other.
    """

    paginator = EstimatingPaginator
    show_full_result_count = False
    show_facets = admin.ShowFacets.NEVER
    list_per_page = 50

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[ChangeList]:
        return FastChangeList

    def detailed(self, rows: QuerySet[Any]) -> QuerySet[Any]:
        """The rows of one page with all that is shown of them; an OFFSET would work it out for those it skips too."""
        return rows

    def formfield_for_foreignkey(self, db_field: ForeignKey[Any, Any], request: HttpRequest, **kwargs: Any) -> Any:
        if db_field.name in self.get_autocomplete_fields(request):
            kwargs["widget"] = Autocomplete(db_field, self.admin_site)
        return super().formfield_for_foreignkey(db_field, request, **kwargs)

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
        """Do what is asked with the rows that are ticked; what no page sends (`abc`) ticks none."""
        sent = request.POST.copy()
        sent.setlist(ACTION_CHECKBOX_NAME, [key for key in sent.getlist(ACTION_CHECKBOX_NAME) if is_key(key)])
        request.POST = sent  # type: ignore[assignment]
        return super().response_action(request, queryset)


class AlreadyCreated(Exception):
    """The form had been sent before; `url` is the page of what it created."""

    def __init__(self, url: str) -> None:
        super().__init__(url)
        self.url = url


class CreatedOnce(admin.ModelAdmin):
    """What is added by a form that may be sent twice, and creates once."""

    def add_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if request.method == "POST" and (created := already_created(request.POST)):
            return redirect(created)
        try:
            return super().add_view(request, *args, **kwargs)
        except AlreadyCreated as done:
            return redirect(done.url)

    @staticmethod
    def create_once(request: HttpRequest, row: Any, form: Any, create: Callable[[], Any]) -> None:
        """Create the row of a form. Raises AlreadyCreated where the form was sent before."""
        url = submit_once(form.cleaned_data["submission"], request.user, create)
        if row.pk is None:
            raise AlreadyCreated(url)


class ShownChanges(HistoricalRecordContextHelper):
    """The two values of a change as one reads them, not as they are stored."""

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


class HistoryAdmin(FastAdmin, SimpleHistoryAdmin):
    """A thing with a history that is read and never put back: services alone write."""

    history_list_per_page = 50
    object_history_list_template = "admin/history_list.html"
    # How a value is read where its field does not say.
    history_shows: ClassVar[Mapping[str, Callable[[Any], str]]] = {}

    def revert_disabled(self, request: HttpRequest, obj: Any = None) -> bool:
        return True

    def history_view(
        self, request: HttpRequest, object_id: str, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """The history of what is or was there; what never was is told as on any other page of the admin."""
        if is_key(unquote(object_id)):
            try:
                return super().history_view(request, object_id, extra_context)
            except Http404:
                pass
        return self._get_obj_does_not_exist_redirect(request, self.opts, object_id)

    def history_form_view(
        self, request: HttpRequest, object_id: str, version_id: str, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        if not (is_key(object_id) and is_key(version_id)):
            return self._get_obj_does_not_exist_redirect(request, self.opts, object_id)
        return super().history_form_view(request, object_id, version_id, {"opts": self.opts, **(extra_context or {})})

    def history_view_title(self, request: HttpRequest, obj: Any) -> str:
        return _("Historique des modifications")

    def get_historical_record_context_helper(self, request: HttpRequest, historical_record: Any) -> ShownChanges:
        helper = ShownChanges(self.model, historical_record)
        helper.shows = self.history_shows
        return helper


# Nobody has anything to do there: imports and exports tell how they went on their own pages.
admin.site.unregister(tasks.DBTaskResult)  # type: ignore[attr-defined]
admin.site.unregister((User, Group))


@admin.register(User)
class UserAdmin(FastAdmin, DjangoUserAdmin):
    """People who sign in."""

    def formfield_for_manytomany(
        self, db_field: ManyToManyField[Any, Any], request: HttpRequest, **kwargs: Any
    ) -> ModelMultipleChoiceField | None:
        if db_field.name == "user_permissions":
            # A permission names its content type, which would be loaded once for each of them.
            kwargs["queryset"] = Permission.objects.select_related("content_type")
        return super().formfield_for_manytomany(db_field, request, **kwargs)


@admin.register(Group)
class GroupAdmin(FastAdmin, DjangoGroupAdmin):
    """What they may do."""
