"""What every test stands on."""

import contextlib
import gc
import logging
import re
import shutil
from collections.abc import Callable, Iterator
from typing import Any
from unittest import mock

import pytest
from django.conf import settings
from django.core.cache import cache
from django.db import connection, transaction
from django.db.backends.base.operations import BaseDatabaseOperations
from django.test import Client as Browser, override_settings
from pytest_django.plugin import blocking_manager_key

from fixaloop.installation.firm import know
from fixaloop.lists import figures
from fixaloop.records.frozen import frozen_tables, thawed
from tests import cover, migrated
from tests.factories import PASSWORD, make_user
from tests.restored import bring_back, restoring
from tests.statements import check_statements

SignIn = Callable[..., Browser]


DATABASE_FIXTURES = {"db", "transactional_db", "live_server", "empty_database"}


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Mark the tests that use the database; leave out what an earlier run has shown to be enough.

    Where databases might differ, another one than SQLite is asked all the same. Those that state something of
    PostgreSQL are skipped on SQLite. Tests with real transactions end by emptying the tables: bring back what
    migrations wrote (counters, groups).
    """
    for item in items:
        if item.get_closest_marker("postgres") and connection.vendor != "postgresql":
            item.add_marker(pytest.mark.skip("states something of PostgreSQL alone"))
        marker = item.get_closest_marker("django_db")
        if marker or DATABASE_FIXTURES.intersection(getattr(item, "fixturenames", ())):
            item.add_marker("database")
        if marker and marker.kwargs.get("transaction"):
            item.add_marker(pytest.mark.django_db(**{**marker.kwargs, "serialized_rollback": True}), append=False)
            item.add_marker("each_database")
    other = connection.vendor != "sqlite"
    chosen = cover.chosen({item.nodeid for item in items if other and _is_asked_of_each(item)})
    if chosen is not None:
        config.hook.pytest_deselected(items=[item for item in items if item.nodeid not in chosen])
        items[:] = [item for item in items if item.nodeid in chosen]
    # At the end of a run, no process waits for another one that has just begun one of them.
    items.sort(key=lambda item: not item.get_closest_marker("long"))


def _is_asked_of_each(item: pytest.Item) -> bool:
    marked = {name for name in ("each_database", "postgres", "any_database") if item.get_closest_marker(name)}
    return bool(marked) and "any_database" not in marked


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Iterator[None]:
    # Browsers are asked of one; what walks all pages is too dear for the statements that it alone sends.
    heard = not any(item.get_closest_marker(name) for name in ("browser", "any_database"))
    with cover.hearing(item.nodeid) if heard else contextlib.nullcontext():
        return (yield)


def pytest_sessionfinish() -> None:
    cover.write_sent()


def pytest_collection_finish() -> None:
    """Keep the garbage collector off what stays to the end: modules and collected tests, looked through in vain."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20)


@pytest.fixture(scope="session", autouse=True)
def folder_of_its_own(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Each process has its own: what the firm set in the tests of one is not asked for again in those of another."""
    folder, key = tmp_path_factory.mktemp("var"), settings.VAR_DIR / "secret_key"
    if key.exists():
        shutil.copy(key, folder)
    with override_settings(VAR_DIR=folder):
        yield


@pytest.fixture(scope="session", autouse=True)
def quick_settings() -> Iterator[None]:
    """Static files as they lie, passwords hashed fast; who is signed in stays so and is asked for no proof again.

    Queries of pages are counted without the line of the journal, which is written when the page has left.
    """
    storages = {
        "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
        "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
    }
    hashers = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    for_ever = {
        "SESSION_IDLE_MINUTES": 10**7,
        "SESSION_HOURS": 10**6,
        "SESSION_COOKIE_AGE": 10**9,
        "STEP_UP_MINUTES": 0,
    }
    quick = {"STORAGES": storages, "WHITENOISE_AUTOREFRESH": True, "PASSWORD_HASHERS": hashers}
    with override_settings(**quick, **for_ever, AUDIT_OPENED=False):
        yield


@pytest.fixture(scope="session")
def kept_database() -> Iterator[contextlib.ExitStack]:
    with contextlib.ExitStack() as stack:
        stack.enter_context(migrated.filled())
        yield stack


@pytest.fixture(scope="session")
def django_db_setup(kept_database: contextlib.ExitStack, django_db_setup: None) -> None:
    """Start from the database that an earlier run migrated."""
    kept_database.close()


@pytest.fixture(scope="session", autouse=True)
def checked_statements() -> Iterator[None]:
    """No query of any test is answered by the text of another one."""
    with pytest.MonkeyPatch.context() as monkeypatch:
        check_statements(monkeypatch)
        yield


@pytest.fixture(scope="session", autouse=True)
def emptied_though_frozen() -> Iterator[None]:
    """Tests with real transactions end by emptying the tables, those too whose rows the database keeps."""
    empty = BaseDatabaseOperations.execute_sql_flush

    def execute_sql_flush(self: BaseDatabaseOperations, statements: list[str]) -> None:
        with thawed(self.connection, frozen_tables(self.connection)):
            empty(self, statements)

    with mock.patch.object(BaseDatabaseOperations, "execute_sql_flush", execute_sql_flush):
        yield


@pytest.fixture(scope="session", autouse=True)
def restored_in_one_go() -> Iterator[None]:
    with restoring():
        yield


@pytest.hookimpl(wrapper=True)
def pytest_runtest_teardown(item: pytest.Item, nextitem: pytest.Item | None) -> Iterator[None]:
    """One that comes after a test with real transactions finds what migrations wrote, whichever process runs it."""
    result = yield
    if nextitem and _has_real_transactions(item) and not _has_real_transactions(nextitem):
        with item.config.stash[blocking_manager_key].unblock():
            bring_back()
    return result


def _has_real_transactions(item: pytest.Item) -> bool:
    marker = item.get_closest_marker("django_db")
    return bool(marker and marker.kwargs.get("transaction")) or "transactional_db" in getattr(item, "fixturenames", ())


class Watch(logging.Handler):
    """Finds in the log what it must never hold: codes of cards, tokens, passwords, what people search for."""

    SECRET = re.compile(rf"FXL-[0-9A-Z]{{32}}|fxd_[\w-]{{20}}|otpauth:|{PASSWORD}|[?&]q=|qr_value=")

    def __init__(self) -> None:
        super().__init__(logging.DEBUG)
        self.found: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        # Statements are logged with their values where DEBUG is on, and in tests that count them.
        if not record.name.startswith("django.db") and self.SECRET.search(text := self.format(record)):
            self.found.append(f"{record.name}: {text}")


@pytest.fixture(scope="session")
def watch() -> Iterator[Watch]:
    root, handler = logging.getLogger(), Watch()
    root.addHandler(handler)
    root.setLevel(logging.DEBUG)
    yield handler
    root.removeHandler(handler)


@pytest.fixture(autouse=True)
def no_secret_in_the_log(watch: Watch) -> Iterator[None]:
    watch.found.clear()
    yield
    assert watch.found == []


@pytest.fixture(autouse=True)
def empty_cache(monkeypatch: pytest.MonkeyPatch) -> None:
    """Sign-in failures of one test are not the next one's; figures are counted for each page.

    They are kept for as long as counting them took: here, where a machine is busy, past what a test changes.
    """
    monkeypatch.setattr(figures, "KEPT", 0)
    monkeypatch.setattr(figures, "SLOW", float("inf"))
    cache.clear()


@pytest.fixture(autouse=True)
def unset_firm() -> None:
    """Nobody has set anything of the firm, and no query asks for it."""
    know({})


@pytest.fixture
def commits_at_once() -> Iterator[None]:
    """What waits for the end of a transaction happens at once: that of a test never ends."""
    with mock.patch.object(transaction, "on_commit", lambda happen: happen()):
        yield


@pytest.fixture
def sign_in(db: None) -> SignIn:
    """Sign somebody in: `sign_in("clients.view_client")`, `sign_in(group="Accueil")`, `sign_in(is_superuser=True)`."""

    def sign_in(*permissions: str, **who: Any) -> Browser:
        browser = Browser()
        browser.force_login(make_user(*permissions, **who))
        return browser

    return sign_in


@pytest.fixture
def desk(sign_in: SignIn) -> Browser:
    """Somebody of Direction, who may do everything with clients."""
    return sign_in(group="Direction", username="odile", first_name="Odile", last_name="Durand")
