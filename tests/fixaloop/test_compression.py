"""Pages travel compressed, and their length tells nothing."""

import gzip

from django.test import Client as Browser

from fixaloop.web.middleware import compress


def test_a_page_comes_compressed_to_who_reads_it_so(desk: Browser) -> None:
    plain = desk.get("/clients/new/")
    packed = desk.get("/clients/new/", headers={"Accept-Encoding": "gzip, deflate, br"})
    assert packed.headers["Content-Encoding"] == "gzip"
    assert packed.headers["Content-Length"] == str(len(packed.content))
    assert "Content-Encoding" not in plain.headers
    assert "<form" in gzip.decompress(packed.content).decode()
    assert all("Accept-Encoding" in response.headers["Vary"] for response in (plain, packed))


def test_what_is_short_is_left_as_it_is(desk: Browser) -> None:
    health = desk.get("/healthz", headers={"Accept-Encoding": "gzip"})
    assert "Content-Encoding" not in health.headers
    assert health.content


def test_the_same_page_has_another_length_each_time() -> None:
    page = b"<p>Bonjour</p>" * 100
    packed = [compress(page) for _again in range(50)]
    assert {gzip.decompress(one) for one in packed} == {page}
    assert len({len(one) for one in packed}) > 10
