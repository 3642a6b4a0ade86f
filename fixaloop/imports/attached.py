"""Rows of any table that name others: they depend on what an import made, or keep it in use."""

from collections.abc import Iterator
from typing import Any

from django.db.models import DO_NOTHING, Model, QuerySet


def relations(model: type[Model]) -> Iterator[tuple[Any, str]]:
    """The models with a link to this one, and the name of the link, hidden ones too; history only mentions."""
    relation: Any
    for relation in model._meta.get_fields(include_hidden=True):
        if not relation.auto_created or relation.concrete or relation.related_model._meta.auto_created:
            continue
        if getattr(relation, "on_delete", None) is not DO_NOTHING:
            yield relation.related_model, relation.field.name


def attached(model: Any, **links: Any) -> QuerySet[Any]:
    """The rows with such a link; `told_by_itself` of a model is the condition on those that nobody attached."""
    rows = model._base_manager.filter(**links)
    return rows.exclude(model.told_by_itself) if hasattr(model, "told_by_itself") else rows
