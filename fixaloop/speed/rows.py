"""Rows become objects: the way a page of fifty of them spends least on."""

from collections.abc import Collection
from typing import Any, Self

from django.db import models
from django.db.models.base import ModelState

from fixaloop.speed import is_on


class QuickRow(models.Model):
    """A model whose rows are read by the page.

    Django fills an object column by column through `__init__`, for the sake of signals and defaults that a row of the
    database has no use of; `from_db` is its documented place to do otherwise. What is left out is deferred, as ever.
    """

    class Meta:
        abstract = True

    if is_on("rows"):

        @classmethod
        def from_db(cls, db: str | None, field_names: Collection[Any], values: Collection[Any]) -> Self:
            row = cls.__new__(cls)
            state = ModelState()
            state.adding = False
            state.db = db
            row.__dict__.update(zip(field_names, values, strict=True), _state=state)
            return row
