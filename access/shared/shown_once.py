"""Values that are shown once and stored nowhere else: the code of a card, the token of a device.

Between the form that creates a value and the page that shows it, the value waits in a session of its own, for ten
minutes at most; the user's session holds the key of that session, and the page deletes it. A value that nobody fetched
can no longer be read, and is deleted with the next one or at night. Once shown, only the page knows the value: its
forms send it along to print or mail it.
"""

from django.contrib.sessions.backends.db import SessionStore
from django.http import HttpRequest

KEY = "shown_once"
PATIENCE = 600


def keep_once(request: HttpRequest, name: str, value: str) -> None:
    """Keep a value for the next page. It is saved at once, not at the end of the request."""
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
    """The value, and forget it; empty if there is none or its time is over. A HEAD request leaves it waiting."""
    waiting = dict(request.session.get(KEY, {}))
    key = waiting.pop(name, None)
    if key is None or request.method == "HEAD":
        return ""
    request.session[KEY] = waiting
    kept = SessionStore(key)
    value: str = kept.get("value", "")
    kept.delete(key)
    return value
