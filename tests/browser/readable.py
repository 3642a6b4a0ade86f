"""Whether everybody can read a page: by day and by night, on a desk and on small phones."""

from typing import Any

from axe_playwright_python.base import AXE_SCRIPT
from playwright.sync_api import Page

SMALL = (390, 320)
RUN = "options => axe.run(options).then(results => results.violations)"
# By night the same page has other colours, and nothing else.
COLOURS = {"runOnly": ["color-contrast"]}
# Of WCAG 2.2 AA, which axe-core leaves out unless it is asked for.
TARGETS = {"runOnly": ["target-size"]}
# So high that the foot of a form, which stays in sight, covers no field.
TALL = 5000


def complaints(page: Page) -> list[object]:
    """What axe-core says of the page, by day and by night, and the small screens that it is too wide for."""
    page.evaluate(AXE_SCRIPT)
    found: list[object] = [*_broken(page), *_too_small(page), *_too_wide(page)]
    page.emulate_media(color_scheme="dark")
    found += [("by night", *broken) for broken in _broken(page, **COLOURS)]
    page.emulate_media(color_scheme="light")
    return found


def complaints_of(page: Page, urls: dict[str, str]) -> dict[str, list[object]]:
    """The complaints of the pages that have any, by their names."""
    found = {}
    for name, url in urls.items():
        page.goto(url)
        if said := complaints(page):
            found[name] = said
    return found


def _broken(page: Page, **options: Any) -> list[tuple[object, ...]]:
    violations = page.evaluate(RUN, {"resultTypes": ["violations"], **options})
    return [(violation["id"], [node["target"] for node in violation["nodes"]]) for violation in violations]


def _too_small(page: Page) -> list[tuple[object, ...]]:
    size = page.viewport_size
    assert size is not None
    page.set_viewport_size({**size, "height": TALL})
    found = _broken(page, **TARGETS)
    page.set_viewport_size(size)
    return found


def _too_wide(page: Page) -> list[tuple[object, ...]]:
    size = page.viewport_size
    assert size is not None
    found: list[tuple[object, ...]] = []
    for width in SMALL:
        page.set_viewport_size({"width": width, "height": 700})
        if (reached := page.evaluate("document.documentElement.scrollWidth")) > width:
            found.append(("too wide", width, reached))
    page.set_viewport_size(size)
    return found
