"""A hit as HTML, with what was typed marked in it."""

from collections.abc import Iterator, Sequence
from functools import lru_cache
from html import escape
from itertools import groupby

from django.utils.safestring import SafeString

from fixaloop.search.hits import Hit
from fixaloop.web.icons import icon
from fixaloop.words.text import normalise


def draw(hit: Hit, typed: Sequence[str]) -> SafeString:
    detail = f"<small>{marked(hit.detail, typed)}</small>" if hit.detail else ""
    state = f'<span class="hit__state">{hit.state}</span>' if hit.state else ""
    return SafeString(
        f'{icon(hit.icon, 18)}<span class="hit__text"><span>{marked(hit.title, typed)}</span> {detail}</span>{state}'
    )


def marked(text: str, typed: Sequence[str]) -> str:
    """The text as HTML; the beginnings of its words that were typed are marked, whatever separates their letters."""
    letters = [(letter, at) for at, character in enumerate(text) for letter in _folded(character)]
    spelt = "".join(letter for letter, _at in letters)
    held = {at for word in typed for start in _starts(spelt, word) if _begins(text, letters[start][1])
            for _letter, at in letters[start : start + len(word)]}  # fmt: skip
    if not held:
        return escape(text)
    runs = groupby(range(len(text)), key=lambda at: at in held or (at - 1 in held and at + 1 in held))
    return "".join(_run(text, list(run), is_held=is_held) for is_held, run in runs)


def _starts(spelt: str, word: str) -> Iterator[int]:
    start = spelt.find(word)
    while start >= 0:
        yield start
        start = spelt.find(word, start + 1)


def _begins(text: str, at: int) -> bool:
    return at == 0 or not text[at - 1].isalnum()


def _run(text: str, run: Sequence[int], *, is_held: bool) -> str:
    part = escape(text[run[0] : run[-1] + 1])
    return f"<mark>{part}</mark>" if is_held else part


@lru_cache(maxsize=1024)
def _folded(character: str) -> str:
    return normalise(character)
