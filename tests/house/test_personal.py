"""Every column of every table has its line in the inventory of what tells of clients."""

from collections import Counter

from django.apps import apps
from django.utils.module_loading import import_string

from fixaloop.records.personal import inventory


def test_every_column_says_whether_it_is_personal_and_how_it_is_forgotten() -> None:
    said = {table.model: Counter(table.columns()) for table in inventory()}
    for model in apps.get_models(include_auto_created=True):
        if model._meta.object_name.startswith("Historical"):
            # It has the columns of its row, and forgets with them.
            continue
        columns = {field.name for field in model._meta.concrete_fields}
        lines = said.get(model, Counter())
        missing, unknown = columns - set(lines), set(lines) - columns
        assert not missing, f"{model._meta.label}: say in the app’s personal.py what becomes of {sorted(missing)}"
        assert not unknown, f"{model._meta.label} has no {sorted(unknown)}"
        assert max(lines.values()) == 1, f"{model._meta.label}: {lines.most_common(1)} is said twice"


def test_the_history_holds_no_column_of_its_own() -> None:
    for table in inventory():
        if (history := getattr(table.model, "history", None)) is not None:
            columns = {field.name for field in history.model._meta.concrete_fields}
            own = {name for name in columns if name.startswith("history_")}
            assert columns - own <= set(table.columns())
            assert own == {f"history_{name}" for name in ("id", "date", "change_reason", "type", "user")}


def test_who_empties_a_column_is_there() -> None:
    for table in inventory():
        if table.by:
            assert callable(import_string(table.by))
        assert table.client or not table.instead
