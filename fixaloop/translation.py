"""`gettext` for what a page says hundreds of times: a text is looked up once a language, not once a row."""

from functools import lru_cache

from django.utils.translation import get_language
from django.utils.translation import gettext as look_up


def gettext(text: str) -> str:
    """The text in the language of the page."""
    return _looked_up(text, get_language())


@lru_cache(maxsize=4096)
def _looked_up(text: str, language: str | None) -> str:
    return look_up(text)
