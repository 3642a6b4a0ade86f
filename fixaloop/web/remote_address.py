"""Where a request comes from."""

from ipaddress import ip_address

from django.conf import settings
from django.http import HttpRequest


def address_of(request: HttpRequest) -> str:
    """The address of the visitor, as the reverse proxy says it; of whoever is connected where there is no proxy.

    What the proxy has seen itself stands last in its header; anything before it the visitor may have written.
    """
    connected: str = request.META.get("REMOTE_ADDR", "")
    if not settings.HTTPS:
        return connected
    last = request.headers.get("X-Forwarded-For", "").rpartition(",")[2].strip()
    try:
        return str(ip_address(last))
    except ValueError:
        return connected
