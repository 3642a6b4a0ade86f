"""Rows that all tests of a module look at: made once, taken back after the last of them."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.db import transaction
from pytest_django import DjangoDbBlocker


def loaded(fill: Callable[[], Any]) -> Any:
    """A fixture that fills the database once for a module; what a test changes is rolled back after it.

    Not for modules with tests of real transactions: they would empty the tables under the others.
    """

    @pytest.fixture(scope="module")
    def rows(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[Any]:
        with django_db_blocker.unblock(), transaction.atomic():
            yield fill()
            transaction.set_rollback(True)

    return rows
