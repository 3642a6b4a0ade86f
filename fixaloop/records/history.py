"""Who changed what: the library's records as fields with their two values; and what is to be forgotten of it."""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from django.contrib.admin.models import LogEntry
from django.contrib.contenttypes.models import ContentType
from django.db.models import Max, Model, Q, QuerySet
from django.utils.formats import date_format, number_format
from django.utils.translation import gettext as _

from fixaloop.models import ImportTrace, ListBatchRow
from fixaloop.records.bulk import batches
from fixaloop.words.dates import say_full
from fixaloop.words.text import person_name

# The mark of a row that an import made or changed and that is forgotten: no row has it.
SPENT = ""
# The same of a row that a batch changed, where a blank mark says that it changed nothing.
FORGOTTEN = "forgotten"
# Each key is a condition of its own, and SQLite takes no more than a thousand in one statement.
BATCH = 200


@dataclass(frozen=True)
class FieldChange:
    """One field with what it was and what it became, as shown on screen."""

    name: str
    label: str
    old: str
    new: str


@dataclass(frozen=True)
class Change:
    """One line of the history of a row."""

    at: datetime
    by: str
    origin: str
    summary: str
    fields: list[FieldChange]
    is_first: bool = False
    is_last: bool = False
    # The key of the row, where a history tells of several, and what the others are called.
    row: int = 0
    of: str = ""


def has_changed(stored: Any, row: Any) -> bool:
    """Whether a row differs from the stored one in a column that its history keeps."""
    return bool(changed_names(stored, row))


def changed_names(stored: Any, row: Any) -> set[str]:
    names = [field.attname for field in stored.history.model.tracked_fields]
    return {name for name in names if _instant(getattr(stored, name)) != _instant(getattr(row, name))}


def _instant(value: Any) -> Any:
    """A value to compare. In the hour that a clock repeats, Python never finds moments of two zones equal."""
    return value.astimezone(UTC) if isinstance(value, datetime) else value


def show_value(record: Any, field: Any) -> str:
    value = getattr(record, field.name, None)
    if value is None and getattr(record, field.attname, None) is not None:
        return _("supprimé depuis")
    if value in (None, ""):
        return ""
    if field.choices:
        return str(getattr(record, f"get_{field.name}_display")())
    if isinstance(value, datetime):
        return say_full(value)
    if isinstance(value, date):
        return date_format(value, "SHORT_DATE_FORMAT")
    if isinstance(value, Decimal):
        return number_format(value)
    if isinstance(value, Model):
        return str(value)
    return str(getattr(value, "name", value))


def read_changes(
    records: QuerySet[Any],
    *,
    start: int,
    count: int,
    unsaid: Collection[str] = (),
    only: Collection[str] = (),
    show: Callable[[Any, Any], str] = show_value,
) -> tuple[list[Change], bool]:
    """Changes from history records of one row or of several, the newest first, and whether there are older ones.

    `unsaid` are fields to leave out, `only` the fields asked about, `show` turns a value into text.
    """
    tracked = [
        field for field in records.model.tracked_fields if field.name not in unsaid and (not only or field.name in only)
    ]
    found = list(records.order_by("-history_date", "-history_id")[start : start + count + 1])
    shown = found[:count]
    pairs = zip(shown, _records_before(records, found)[:count], strict=True)
    return [_change(new, old, tracked, show) for new, old in pairs], len(found) > count


def _records_before(records: QuerySet[Any], found: Sequence[Any]) -> list[Any]:
    """The record before each one, of the same row; the first has none, and rows written in bulk may have none."""
    last: dict[int, Any] = {}
    wanted = {record.id: record.history_id for record in found}
    if len(wanted) > 1:
        # Those of several rows come in turn: what was before the last one found of each may be far behind.
        before = Q(*(Q(id=key, history_id__lt=number) for key, number in wanted.items()), _connector=Q.OR)
        ends = records.filter(before).order_by().values("id").annotate(last=Max("history_id")).values("last")
        last = {
            record.id: record for record in records.filter(history_id__in=list(ends.values_list("last", flat=True)))
        }
    older = []
    for record in reversed(found):
        older.append(last.get(record.id))
        last[record.id] = record
    return older[::-1]


def _change(record: Any, older: Any, tracked: Sequence[Any], show: Callable[[Any, Any], str]) -> Change:
    summaries = {"+": _("Création"), "~": _("Modification"), "-": _("Suppression")}
    return Change(
        record.history_date,
        author_of(record),
        record.history_change_reason or "",
        summaries[record.history_type],
        [] if record.history_type == "-" else _differences(record, older, tracked, show),
        record.history_type == "+",
        record.history_type == "-",
        record.id,
    )


def author_of(record: Any) -> str:
    return person_name(record.history_user) if record.history_user else _("Système")


def _differences(record: Any, older: Any, tracked: Sequence[Any], show: Callable[[Any, Any], str]) -> list[FieldChange]:
    found = []
    for field in tracked:
        # Compared as stored: how a phone reads depends on the country beside it.
        same = older is not None and getattr(record, field.attname) == getattr(older, field.attname)
        if same:
            continue
        new, old = show(record, field), show(older, field) if older is not None else ""
        if new != old:
            found.append(FieldChange(field.name, str(field.verbose_name), old, new))
    return found


def last_known(model: Any, keys: Sequence[int]) -> dict[int, Any]:
    """Rows that may be gone, as their history last knew them; none of a model without history."""
    if not hasattr(model, "history"):
        return {}
    records = model.history.filter(id__in=keys).order_by("history_date", "history_id")
    return {record.id: record.instance for record in records}


def forget_beside(model: type[Model], keys: Sequence[int], kind: str = "") -> None:
    """Empty what the admin's log and, of a kind, imports and batches tell of these rows; that they changed stays.

    What is forgotten of an import or of a batch can no more be undone, as after any other change.
    """
    for some in batches(map(str, keys), BATCH):
        _forget_log(model, some)
        if kind:
            _forget_traces(kind, some)
            _forget_batches(kind, some)


def _forget_log(model: Any, keys: list[str]) -> None:
    logged = LogEntry.objects.filter(content_type=ContentType.objects.get_for_model(model), object_id__in=keys)
    for number in logged.values_list("object_id", flat=True).distinct():
        logged.filter(object_id=number).update(object_repr=f"{model._meta.verbose_name} {number}", change_message="")


def _forget_traces(kind: str, keys: list[str]) -> None:
    of_rows = Q(changed__has_any_keys=keys) | Q(created__has_any_keys=keys)
    for trace in ImportTrace.objects.filter(of_rows, batch__kind=kind).order_by("pk").iterator(chunk_size=1):
        # A mark may hold what was typed.
        trace.changed |= {key: [{}, SPENT] for key in keys if key in trace.changed}
        trace.created |= {key: SPENT for key in keys if key in trace.created}
        trace.save(update_fields=["created", "changed"])


def _forget_batches(kind: str, keys: list[str]) -> None:
    written = ListBatchRow.objects.filter(batch__kind=kind, row__in=keys).exclude(mark=SPENT)
    written.update(before={}, mark=FORGOTTEN)


def spend(trace: ImportTrace, key: int) -> None:
    """Keep of a trace only that one of its rows is forgotten: its batch can be undone no more."""
    trace.created, trace.changed = {str(key): SPENT}, {}
    trace.save(update_fields=["created", "changed"])


def is_spent(trace: ImportTrace) -> bool:
    return not trace.changed and list(trace.created.values()) == [SPENT]
