"""What is said once and kept nowhere: the value of a QR code, the token of a reader.

Between the form that makes it and the page that shows it, it waits in the session, a few minutes at most; the page
takes it away. From there on the page is the only one to know it: its forms send it along to print or mail it.
"""

from __future__ import annotations

from django.http import HttpRequest
from django.utils import timezone

KEY = "shown_once"
PATIENCE = 600


def keep_once(request: HttpRequest, name: str, value: str) -> None:
    """Keep a value for the page that follows. Saved at once, so that it is there when a transaction around ends."""
    if value:
        waiting = {**request.session.get(KEY, {}), name: [value, timezone.now().timestamp()]}
        request.session[KEY] = waiting
        request.session.save()


def take_once(request: HttpRequest, name: str) -> str:
    """The value, this once; nothing where there is none, or where nobody came for it in time.

    Who asks for the headers alone (HEAD) shows it to nobody: it goes on waiting.
    """
    if request.method == "HEAD":
        return ""
    waiting = dict(request.session.get(KEY, {}))
    value, kept_at = waiting.pop(name, ("", 0.0))
    if value:
        request.session[KEY] = waiting
    return value if timezone.now().timestamp() - kept_at <= PATIENCE else ""
