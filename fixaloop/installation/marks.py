"""What a database is for: real work, a demonstration, or nothing yet; and the password that everybody knows."""

from collections.abc import Iterable
from datetime import datetime

from fixaloop.models import Counter

# Published with the program: it opens nothing on a machine that others reach.
PASSWORD = "fixaloop-demo"  # noqa: S105
DEMONSTRATION, REAL = "demonstration", "real"
# The first steps were dismissed; `nightly` has run once; a backup was made once.
PUT_AWAY, NIGHTLY, BACKED_UP = "first_steps_put_away", "nightly", "backed_up"


def is_demonstration() -> bool:
    return Counter.objects.filter(pk=DEMONSTRATION).exists()


def is_real() -> bool:
    return Counter.objects.filter(pk=REAL).exists()


def marks_there(names: Iterable[str]) -> set[str]:
    return set(Counter.objects.filter(pk__in=list(names)).values_list("pk", flat=True))


def mark(name: str) -> None:
    Counter.objects.get_or_create(pk=name, defaults={"value": 1})


def stamp(name: str, at: datetime) -> None:
    Counter.objects.update_or_create(pk=name, defaults={"value": int(at.timestamp())})
