"""The notice that a status is about to end, and its recipients."""

from django.utils.translation import gettext_lazy

from access.declared.notice_kinds import SEE_CLIENT, of_client
from access.notices import words
from clients.models import Client
from fixaloop.notices.kinds import NoticeKind
from fixaloop.notices.letters import LetterKind

LETTERS: tuple[LetterKind, ...] = ()
KINDS = (
    NoticeKind(
        "status_ending",
        gettext_lazy("Statut bientôt échu"),
        "toggle-right",
        "warn",
        (SEE_CLIENT,),
        Client.objects.in_bulk,
        of_client(words.status_ending),
    ),
)
