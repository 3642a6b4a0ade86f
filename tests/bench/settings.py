"""The product's own settings, plus the trivial page and headers that tell what a page cost."""

from fixaloop.settings import *  # noqa: F403

ROOT_URLCONF = "tests.bench.urls"
MIDDLEWARE = ["tests.bench.urls.Cost", *MIDDLEWARE]  # noqa: F405
