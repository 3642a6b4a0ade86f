"""What is said once and kept nowhere: the value of a QR code, the token of a reader.

Between the form that makes it and the page that shows it, it waits ten minutes at most, in a session of its own which
the person's session names; the page takes it away. What nobody came for cannot be read any more then, and leaves the
table with the next value that is kept, at night at the latest. From there on the page is the only one to know it: its
forms send it along to print or mail it.
"""

from __future__ import annotations

from django.contrib.sessions.backends.db import SessionStore
from django.http import HttpRequest

KEY = "shown_once"
PATIENCE = 600


def keep_once(request: HttpRequest, name: str, value: str) -> None:
    """Keep a value for the page that follows. Saved at once, so that it is there when a transaction around ends."""
    if not value:
        return
    SessionStore.clear_expired()
    kept = SessionStore()
    kept["value"] = value
    kept.set_expiry(PATIENCE)
    kept.save()
    request.session[KEY] = {**request.session.get(KEY, {}), name: kept.session_key}
    request.session.save()


def take_once(request: HttpRequest, name: str) -> str:
    """The value, this once; nothing where there is none, or where nobody came for it in time.

    Who asks for the headers alone (HEAD) shows it to nobody: it goes on waiting.
    """
    waiting = dict(request.session.get(KEY, {}))
    key = waiting.pop(name, None)
    if key is None or request.method == "HEAD":
        return ""
    request.session[KEY] = waiting
    kept = SessionStore(key)
    value: str = kept.get("value", "")
    kept.delete(key)
    return value
