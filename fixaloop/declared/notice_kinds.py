"""The notices of the machinery itself, and its letters: notices by e-mail."""

from fixaloop.accounts import telling
from fixaloop.notices.letters import LetterKind
from fixaloop.notices.news import NEWS, compose_news

KINDS = telling.KINDS
LETTERS = (LetterKind(NEWS, compose_news), *telling.LETTERS)
