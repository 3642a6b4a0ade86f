"""Pages compressed by ISA-L: a tenth of the time that Django's middleware takes, for an eighth more bytes."""

from collections.abc import Callable
from io import BytesIO
from secrets import randbelow

from django.http import HttpRequest, HttpResponse
from django.utils.cache import patch_vary_headers
from isal.igzip import IGzipFile

LEVEL = 2
SHORTEST = 200
PADDING = 100


class PageGZipMiddleware:
    """Compress whole pages; what is streamed is a spreadsheet, which is compressed already.

    As Django does, hide the true length of a page behind a name of random length, against those who would guess its
    secrets by it (BREACH).
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if response.streaming or len(response.content) < SHORTEST or "Content-Encoding" in response.headers:
            return response
        patch_vary_headers(response, ("Accept-Encoding",))
        if "gzip" in request.headers.get("Accept-Encoding", ""):
            response.content = compress(response.content)
            response.headers["Content-Encoding"] = "gzip"
            response.headers["Content-Length"] = str(len(response.content))
        return response


def compress(content: bytes) -> bytes:
    """The content as a gzip file of no date and of a name that means nothing."""
    packed = BytesIO()
    name = "a" * (1 + randbelow(PADDING))
    with IGzipFile(name, "wb", LEVEL, packed, mtime=0) as file:
        file.write(content)
    return packed.getvalue()
