"""What people are called."""

from typing import Any


def person_name(user: Any) -> str:
    """A person as colleagues say it."""
    return str(user.get_full_name() or user.get_username())
