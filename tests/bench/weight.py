"""The first visit of a page: how many requests a browser makes, and their compressed bytes."""

from html.parser import HTMLParser
from typing import Any
from urllib.parse import urljoin

from tests.bench.server import Browser


class Resources(HTMLParser):
    """Collects what a page makes a browser fetch."""

    def __init__(self) -> None:
        super().__init__()
        self.urls: list[str] = []

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        values = dict(attributes)
        wanted = values.get("href") if tag == "link" else values.get("src") if tag in ("script", "img") else None
        if wanted and not wanted.startswith("data:"):
            self.urls.append(wanted)


def first_visit(port: int, cookies: dict[str, str], url: str) -> dict[str, Any]:
    """Bytes and requests of a page with all it names, nothing cached, compressed as a browser accepts it.

    The typeface is left out: it has a limit of its own (tests/house/test_weight.py) and no page waits for it.
    """
    browser = Browser(port, dict(cookies))
    page = browser.ask(url, accept="gzip")
    parser = Resources()
    parser.feed(page.text)
    weights = {url: len(page.body)}
    for name in dict.fromkeys(url for url in parser.urls if not url.endswith(".woff2")):
        weights[name] = len(browser.ask(urljoin(url, name), accept="gzip, deflate, br").body)
    return {"bytes": sum(weights.values()), "requests": len(weights), "each": weights}
