"""Django's admin on big tables: no full count, no scan, no box that lists everybody."""

from collections.abc import Sequence
from typing import Any

from django import forms
from django.contrib.admin.views.main import SEARCH_VAR, ChangeList, ChangeListSearchForm
from django.contrib.admin.widgets import AutocompleteSelect, AutocompleteSelectMultiple
from django.core.paginator import Paginator
from django.db import connections
from django.http import HttpRequest
from django.utils.formats import number_format
from django.utils.functional import cached_property
from django.utils.translation import gettext as _

from fixaloop.forms.parsing import parse_key
from fixaloop.records.months import estimated_rows

DEPTH = 10_000
LONGEST_SEARCH = 200


class EstimatingPaginator(Paginator):
    """Counts no further than `DEPTH` rows; beyond, `count` is what PostgreSQL's statistics say.

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
        """The rows of the whole table by the database's statistics; 0 if the list is only a part of it."""
        queryset: Any = self.object_list
        connection = connections[queryset.db]
        if connection.vendor != "postgresql" or queryset.query.where or queryset.query.distinct:
            return 0
        with connection.cursor() as cursor:
            return estimated_rows(cursor, queryset.model._meta.db_table)

    @property
    def is_rough(self) -> bool:
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
    """The search of a list. Refuses a text too long to be one."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields[SEARCH_VAR] = forms.CharField(required=False, strip=False, max_length=LONGEST_SEARCH)


class QuickChangeList(ChangeList):
    """A list that sorts by its sortable columns only, whatever the address asks."""

    search_form_class = SearchForm

    def get_ordering_field(self, field_name: Any) -> Any:
        return super().get_ordering_field(field_name) if field_name in (self.sortable_by or ()) else None

    def get_results(self, request: HttpRequest) -> None:
        super().get_results(request)
        if hasattr(self.model_admin, "detailed"):
            self.result_list = self.model_admin.detailed(self.result_list)
        if self.paginator.is_rough:
            # The search box would show a rough count as an exact one; it shows none where the two counts agree.
            self.full_result_count = self.result_count


class ForgivingKeys:
    """A key that no page sends (`company=JT`) is refused by the field instead of crashing when it is shown again."""

    def optgroups(self, name: str, value: Sequence[str], attrs: dict[str, Any] | None = None) -> Any:
        keys = [key for key in value if parse_key(str(key))]
        return super().optgroups(name, keys, attrs)  # type: ignore[misc]


class Autocomplete(ForgivingKeys, AutocompleteSelect):
    """Django's suggestions for one row."""


class SeveralField(forms.ModelMultipleChoiceField):
    """Several rows by their keys; what is no key, or longer than one, is refused before it is looked up."""

    def clean(self, value: Any) -> Any:
        for key in value or ():
            if not parse_key(str(key)):
                raise forms.ValidationError(
                    self.error_messages["invalid_pk_value"], "invalid_pk_value", {"pk": str(key)[:40]}
                )
        return super().clean(value)


class AutocompleteSeveral(ForgivingKeys, AutocompleteSelectMultiple):
    """Django's suggestions for several."""
