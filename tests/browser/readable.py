"""Whether everybody can read a page: by day and by night, on a desk and on small phones."""

from typing import Any

from axe_playwright_python.base import AXE_SCRIPT
from playwright.sync_api import Page

SMALL = (390, 320)
RUN = "([where, options]) => axe.run(where, options).then(results => results.violations)"
# Of WCAG 2.2 AA, which axe-core leaves out unless it is asked for.
TARGETS = {"rules": {"target-size": {"enabled": True}}}
# In a window as high as the page, the foot of a form, which stays in sight, covers no field.
HEIGHT = "document.documentElement.scrollHeight"
# By night the same page has other colours, and nothing else; in a window of the usual height some of it scrolls.
AT_NIGHT = {"runOnly": ["color-contrast", "scrollable-region-focusable"]}
# Two elements in three of a page are those that stand around each of them.
AROUND = [[".side"], [".bell--phone"], ["nav.bar"], ["body > dialog"]]


def complaints(page: Page, *, around: bool = True) -> list[object]:
    """What axe-core says of the page, by day and by night, and the small screens that it is too wide for."""
    where = {"include": [["html"]], "exclude": [] if around else AROUND}
    size = page.viewport_size
    assert size is not None
    page.evaluate(AXE_SCRIPT)
    page.set_viewport_size({**size, "height": page.evaluate(HEIGHT)})
    found: list[object] = [*_broken(page, where, TARGETS)]
    page.set_viewport_size(size)
    page.emulate_media(color_scheme="dark")
    found += [("by night", *broken) for broken in _broken(page, where, AT_NIGHT)]
    page.emulate_media(color_scheme="light")
    found += _too_wide(page)
    page.set_viewport_size(size)
    return found


def complaints_of(page: Page, urls: dict[str, str]) -> dict[str, list[object]]:
    """The complaints of the pages that have any, by their names; what stands around them is looked at once."""
    found = {}
    for number, (name, url) in enumerate(urls.items()):
        page.goto(url)
        if said := complaints(page, around=not number):
            found[name] = said
    return found


def _broken(page: Page, where: dict[str, Any], options: dict[str, Any]) -> list[tuple[object, ...]]:
    violations = page.evaluate(RUN, [where, {"resultTypes": ["violations"], **options}])
    return [(violation["id"], [node["target"] for node in violation["nodes"]]) for violation in violations]


def _too_wide(page: Page) -> list[object]:
    found: list[object] = []
    for width in SMALL:
        page.set_viewport_size({"width": width, "height": 700})
        if (reached := page.evaluate("document.documentElement.scrollWidth")) > width:
            found.append(("too wide", width, reached))
    return found
