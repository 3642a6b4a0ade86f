"""What the demonstration made, row by row, and which of it people have changed since."""

import hashlib
from collections import defaultdict
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from django.apps import apps
from django.conf import settings
from django.contrib.auth.models import Group, Permission, User
from django.db.models import Field, Model

from fixaloop.discovery import modules
from fixaloop.models import Counter, DemoRows, PaymentHead

Rows = dict[type[Model], dict[Any, str]]
# No tables of people’s own: what migrations wrote, and what is kept about the others.
ASIDE = (Counter, DemoRows, PaymentHead, Group, Permission, Group.permissions.through)
SERIES = Counter._meta.label
# Of an account, this changes by being used.
USED = {(User, "last_login")}


def remember(load: Callable[[], Any]) -> Any:
    """Call `load` and keep which rows were not there before."""
    before = {model: set(_keys(model)) for model in tables()}
    numbers = dict(_numbers())
    result = load()
    for model, known in before.items():
        rows = {str(key): mark for key, mark in marks(model) if key not in known}
        if rows:
            DemoRows.objects.create(table=model._meta.label, rows=rows)
    series = {name: [numbers.get(name, 0), value] for name, value in _numbers() if value != numbers.get(name)}
    DemoRows.objects.create(table=SERIES, rows=series)
    return result


def reset_numbers() -> None:
    """Bring series back to where they were, unless a number was given since."""
    for name, (before, after) in DemoRows.objects.get(table=SERIES).rows.items():
        Counter.objects.filter(pk=name, value=after).update(value=before)


def remembered() -> Rows:
    return {
        model: {model._meta.pk.to_python(key): mark for key, mark in kept.rows.items()}
        for kept in DemoRows.objects.exclude(table=SERIES).order_by("pk")
        for model in [apps.get_model(kept.table)]
    }


def changed(made: Rows) -> dict[type[Model], set[Any]]:
    """Rows that people have changed: by their history, or else by a mark that differs."""
    found: dict[type[Model], set[Any]] = defaultdict(set)
    for model, rows in made.items():
        past = history_of(model)
        if past is not None:
            known = made.get(past, {})
            lines = past._default_manager.filter(id__in=list(rows)).values_list("pk", "id")
            found[model] |= {row for line, row in lines.iterator() if line not in known}
        elif not moves_by_itself(model):
            found[model] |= {key for key, mark in marks(model) if key in rows and rows[key] != mark}
    return found


def tables() -> list[type[Model]]:
    ours = {config.label for config in apps.get_app_configs() if Path(config.path).parent == settings.BASE_DIR}
    own = [
        model
        for model in apps.get_models(include_auto_created=True)
        if model._meta.managed and model._meta.app_label in {*ours, "auth"}
    ]
    return [model for model in own if model not in ASIDE]


def marks(model: type[Model]) -> Iterator[tuple[Any, str]]:
    """Each row with a digest of its columns; an empty one where its history tells more, or it moves by itself."""
    if history_of(model) or moves_by_itself(model):
        yield from ((key, "") for key in _keys(model))
        return
    names = [field.attname for field in model._meta.concrete_fields if (model, field.name) not in USED]
    for key, *values in model._base_manager.values_list("pk", *names).iterator():
        yield key, hashlib.sha256(repr(values).encode()).hexdigest()[:16]


def history_of(model: type[Model]) -> type[Model] | None:
    name = getattr(model._meta, "simple_history_manager_attribute", "")
    return getattr(model, name).model if name else None


def moves_by_itself(model: type[Model]) -> bool:
    """Whether the program itself writes such rows: the past, links, and what each app declares as `MOVING`."""
    return is_part(model) or any(model in getattr(part, "MOVING", ()) for part in modules("demo").values())


def is_part(model: type[Model]) -> bool:
    return bool(model._meta.auto_created) or hasattr(model, "instance_type")


def owner(model: type[Model]) -> tuple[type[Model], str] | None:
    """Of a part, the table that it belongs to and the column that names the row: a link, a line of the past…"""
    whole: Any = model._meta.auto_created
    if whole:
        [field] = [field for field in references(model) if field.related_model is whole][:1]
        return whole, field.attname
    if hasattr(model, "instance_type"):
        return model.instance_type, "id"
    for field in references(model):
        if field.one_to_one:
            return field.related_model, field.attname  # type: ignore[return-value]
    return None


def references(model: type[Model]) -> list[Field[Any, Any]]:
    return [field for field in model._meta.concrete_fields if field.is_relation]


def _keys(model: type[Model]) -> Iterator[Any]:
    return model._base_manager.values_list("pk", flat=True).iterator()


def _numbers() -> Iterator[tuple[str, int]]:
    return Counter.objects.values_list("pk", "value").iterator()
