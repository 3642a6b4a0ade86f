"""Reading more rows than memory holds."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connections, router, transaction
from django.db.models import Model


@contextmanager
def streaming(model: type[Model]) -> Iterator[None]:
    """A transaction in which rows of a model are streamed on the connection at hand, instead of one of their own.

    SQLite streams without: its transaction would keep others from writing.
    """
    alias = router.db_for_read(model)
    if connections[alias].vendor == "sqlite":
        yield
        return
    with transaction.atomic(using=alias, savepoint=False):
        yield
