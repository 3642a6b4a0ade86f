"""The letters of the machinery itself: notices by e-mail."""

from fixaloop.notices.kinds import NoticeKind
from fixaloop.notices.letters import LetterKind
from fixaloop.notices.news import NEWS, compose_news

KINDS: tuple[NoticeKind, ...] = ()
LETTERS = (LetterKind(NEWS, compose_news),)
