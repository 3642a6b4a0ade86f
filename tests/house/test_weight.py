"""What a browser fetches on a first visit (docs/speed.md): 60 kB in 8 requests, the typeface apart."""

from collections.abc import Iterable
from gzip import compress
from pathlib import Path

import pytest
from django.contrib.staticfiles import finders
from django.test import Client as Browser

from tests.bench.weight import Resources
from tests.factories import make_client

pytestmark = pytest.mark.any_database

STATIC = Path(__file__).parents[2] / "static"
ROWS = 50


def _sent(files: Iterable[Path]) -> int:
    return sum(len(compress(file.read_bytes())) for file in files)


def _fetched(page: str) -> list[str]:
    parser = Resources()
    parser.feed(page)
    return list(dict.fromkeys(parser.urls))


def _file(url: str) -> Path:
    found = finders.find(url.removeprefix("/static/"))
    assert found, f"{url} is no file of ours"
    return Path(found)


@pytest.mark.parametrize("url", ["/", "/clients/?page_size=50", "/interventions/", "/access/cards/"])
def test_a_first_visit_is_light(desk: Browser, url: str) -> None:
    for number in range(ROWS):
        make_client(first_name="Amélie", last_name=f"Desrosiers {number}", phone=f"+336123400{number:02}")
    page = desk.get(url)
    assert page.status_code == 200
    urls = [url for url in _fetched(page.text) if not url.endswith(".woff2")]
    assert len(urls) + 1 <= 8, urls
    assert _sent(map(_file, urls)) + len(compress(page.text.encode())) <= 60_000


def test_the_sheets_and_the_typeface_are_small() -> None:
    assert _sent(STATIC.glob("css/*.css")) <= 40_000
    assert (STATIC / "fonts/inter.woff2").stat().st_size <= 40_000
