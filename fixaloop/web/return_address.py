"""Addresses to come back to, given in a query string: of this site only."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest
from django.utils.http import url_has_allowed_host_and_scheme


def safe_address(request: HttpRequest, url: str | None) -> str:
    """The address where it is one of this site, else nothing."""
    return url if url and url_has_allowed_host_and_scheme(url, {request.get_host()}) else ""


def come_back(address: str, **values: Any) -> str:
    """An address with what was found out on the way."""
    return f"{address}{'&' if '?' in address else '?'}{urlencode(values)}"
