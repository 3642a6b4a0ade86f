"""A real Chromium before the site, and an end to every test that its console complains in."""

import os
import shutil
from collections.abc import Callable, Iterator

import pytest
from django.db import connection, connections
from django.test import Client as Session
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, expect, sync_playwright
from pytest_django import DjangoDbBlocker
from pytest_django.live_server_helper import LiveServer

from tests.factories import make_user

NAMES = ("chromium", "chromium-browser", "google-chrome")
QUIET = (
    "--no-sandbox",
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
# An answer that says no is what the page then shows; Chromium notes it as if it were a fault.
SAYS_NO = ("403", "404", "409", "422", "429")
# How a request ends that was under way when somebody left the page.
LEFT = ("htmx:sendError", "htmx:sendAbort", "htmx:afterRequest")

# Milliseconds: a loaded machine is slow, which is no fault of the page's.
PATIENCE = 30_000
expect.set_options(timeout=PATIENCE)

Open = Callable[..., Page]


@pytest.fixture(scope="package")
def chromium(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[Browser]:
    path = os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, NAMES)), None)
    if not path:
        pytest.skip("needs Chromium, on PATH or named by CHROMIUM")
    # Playwright keeps a loop running in this thread: Django then takes every query for an asynchronous one, and opens
    # a connection of the loop's own, which knows nothing of what the first one has kept of the migrations' data.
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "1"
    kept = connection._test_serialized_contents  # type: ignore[attr-defined]
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=list(QUIET))
        connection._test_serialized_contents = kept  # type: ignore[attr-defined]
        yield browser
        browser.close()
        with django_db_blocker.unblock():
            connections.close_all()
    del os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"]


def new_context(chromium: Browser, live_server: LiveServer, *, script: bool = True) -> BrowserContext:
    context = chromium.new_context(
        base_url=live_server.url, locale="fr-FR", timezone_id="Europe/Paris", java_script_enabled=script
    )
    context.set_default_timeout(PATIENCE)
    return context


@pytest.fixture(scope="package")
def shared(chromium: Browser, live_server: LiveServer) -> Iterator[BrowserContext]:
    """Where the first window of a test opens beside an empty one: alone, it costs a second of the processor."""
    context = new_context(chromium, live_server)
    context.new_page()
    yield context
    context.close()


@pytest.fixture
def open_page(chromium: Browser, live_server: LiveServer, shared: BrowserContext) -> Iterator[Open]:
    """A window on the site, signed in as somebody of a group (nobody without one).

    A `clock` set by hand and pages without `script` have a context of their own, and so has a second window.
    """
    contexts: list[BrowserContext] = []
    complaints: list[str] = []

    def note(message: ConsoleMessage) -> None:
        is_answer = any(words in message.text for words in ("Failed to load resource", "Response Status Error Code"))
        refusal = is_answer and any(code in message.text for code in SAYS_NO)
        if message.type in ("error", "warning") and not refusal and not message.text.startswith(LEFT):
            complaints.append(f"{message.text} ({message.location.get('url')})")

    def open_page(
        group: str = "Direction", width: int = 1280, height: int = 900, *, script: bool = True, clock: bool = False
    ) -> Page:
        alone = bool(contexts) or clock or not script
        context = new_context(chromium, live_server, script=script) if alone else shared
        contexts.append(context)
        page = context.new_page()
        page.set_viewport_size({"width": width, "height": height})
        if context == shared:
            # What the last test left there.
            kept = {"origin": live_server.url, "storageTypes": "all"}
            context.new_cdp_session(page).send("Storage.clearDataForOrigin", kept)
        if clock:
            page.clock.install()
        if group:
            session = Session()
            session.force_login(make_user(group=group, first_name="Odile", last_name="Durand"))
            key = session.cookies["sessionid"].value
            context.add_cookies([{"name": "sessionid", "value": key, "url": live_server.url}])
        page.on("console", note)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        return page

    yield open_page
    for context in contexts:
        if context != shared:
            context.close()
    for page in shared.pages[1:]:
        page.close()
    assert complaints == []
