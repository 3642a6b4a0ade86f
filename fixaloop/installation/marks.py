"""What a database is for: real work, a demonstration, or nothing yet; and the password that everybody knows."""

from fixaloop.models import Counter

# Published with the program: it opens nothing on a machine that others reach.
PASSWORD = "fixaloop-demo"  # noqa: S105
DEMONSTRATION, REAL = "demonstration", "real"


def is_demonstration() -> bool:
    return Counter.objects.filter(pk=DEMONSTRATION).exists()


def is_real() -> bool:
    return Counter.objects.filter(pk=REAL).exists()


def mark(name: str) -> None:
    Counter.objects.get_or_create(pk=name, defaults={"value": 1})
