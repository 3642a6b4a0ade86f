"""Columns that follow from others, so that lists can sort, filter and search by them through an index."""

from __future__ import annotations

from typing import Any, ClassVar

from django.db import models


class DerivedColumns(models.Model):
    """A model that fills its `derived` columns in `derive`, on every save; bulk writes call it before they write."""

    derived: ClassVar[tuple[str, ...]]

    class Meta:
        abstract = True

    def derive(self) -> None:
        """Fill the derived columns from the others."""
        raise NotImplementedError

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Save with the derived columns in step, also where only some fields are saved."""
        self.derive()
        if kwargs.get("update_fields") is not None:
            kwargs["update_fields"] = {*kwargs["update_fields"], *self.derived}
        super().save(*args, **kwargs)
