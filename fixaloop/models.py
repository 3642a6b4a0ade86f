"""What models of all apps share; those of the machinery stand in its rooms, and Django looks for them here."""

from collections.abc import Collection
from typing import Any, ClassVar, Self

from django.db import models
from django.db.models.base import ModelState

from fixaloop.accounts.models import Factor, Guesses, KnownPlace, Passkey, ProviderAccount, RecoveryCode
from fixaloop.accounts.sessions import OpenSession
from fixaloop.audit.models import AuditEntry
from fixaloop.exports.models import ExportJob
from fixaloop.forms.models import Submission
from fixaloop.imports.models import ImportBatch, ImportJob, ImportTrace
from fixaloop.installation.models import DemoRows, Firm
from fixaloop.lists.models import ListBatch, ListBatchRow, Preference, SavedView
from fixaloop.notices.models import Letter, Notice, NoticeRead
from fixaloop.records.models import Counter, NumbersAside, PaymentHead, PaymentWords
from fixaloop.speed import is_on
from fixaloop.worker.models import Job

__all__ = [
    "AuditEntry",
    "Counter",
    "DemoRows",
    "DerivedColumns",
    "ExportJob",
    "Factor",
    "Firm",
    "Guesses",
    "ImportBatch",
    "ImportJob",
    "ImportTrace",
    "Job",
    "KnownPlace",
    "Letter",
    "ListBatch",
    "ListBatchRow",
    "Notice",
    "NoticeRead",
    "NumbersAside",
    "OpenSession",
    "Passkey",
    "PaymentHead",
    "PaymentWords",
    "Preference",
    "ProviderAccount",
    "QuickRow",
    "RecoveryCode",
    "SavedView",
    "Submission",
]


class DerivedColumns(models.Model):
    """Fills its `derived` columns, which lists sort, filter and search by, on every save. Bulk writes call `derive`."""

    derived: ClassVar[tuple[str, ...]]

    class Meta:
        abstract = True

    def derive(self) -> None:
        raise NotImplementedError

    def save(self, *args: Any, **kwargs: Any) -> None:
        self.derive()
        if kwargs.get("update_fields") is not None:
            kwargs["update_fields"] = {*kwargs["update_fields"], *self.derived}
        super().save(*args, **kwargs)


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
