"""Letters to clients: a card is about to expire, a status is about to end."""

from collections.abc import Callable, Collection
from datetime import date, datetime, timedelta
from typing import Any

from django.core.mail import EmailMessage
from django.template.loader import render_to_string
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from access.cards.mailing import language_of
from access.models import AccessCard, Event
from clients.models import Client
from clients.status import is_active
from fixaloop.installation.firm import firm
from fixaloop.notices.letters import LetterKind, new_letter, remove
from fixaloop.notices.models import Letter
from fixaloop.words.dates import long_day

# Kind of notice → kind of letter.
KINDS = {"card_ending": "client_card_ending", "status_ending": "client_status_ending"}


def letter_about(kind: str, key: str, subject: Any, values: dict[str, Any], at: datetime) -> Letter | None:
    """The letter to the client of a card or of a status that ends; None if there is none, or the client wants none."""
    client = subject.client if isinstance(subject, AccessCard) else subject
    if kind not in KINDS or values.get("active") or not client.wants_emails:
        return None
    kept = {**values, "subject": subject.pk}
    return new_letter(KINDS[kind], f"client-{key}", _holder(client.pk), kept, at)


def _holder(client: int) -> str:
    return f"client-{client}"


def remove_letters(clients: Collection[int]) -> None:
    remove(map(_holder, clients))


def _card(letter: Letter, at: datetime) -> AccessCard | None:
    card = AccessCard.objects.select_related("client").filter(pk=letter.values["subject"]).first()
    still = card and card.last_day.isoformat() == letter.values["day"] and card.worth(at) == "active"
    return card if still else None


def _client(letter: Letter, at: datetime) -> Client | None:
    client = Client.objects.filter(pk=letter.values["subject"]).first()
    if client is None or not is_active(client, at):
        return None
    return client if last_active_day(client).isoformat() == letter.values["day"] else None


def last_active_day(client: Client) -> date:
    """The day of the last moment of the status; a forced one ends at midnight, after its last day."""
    return timezone.localdate(client.active_until - timedelta(seconds=1))


def _compose_card(letter: Letter, at: datetime) -> EmailMessage | None:
    card = _card(letter, at)
    return _message(card.client, letter, "card", card.username) if card else None


def _compose_status(letter: Letter, at: datetime) -> EmailMessage | None:
    client = _client(letter, at)
    return _message(client, letter, "status", "") if client else None


def _message(client: Client, letter: Letter, about: str, card: str) -> EmailMessage | None:
    if not client.wants_emails:
        return None
    told = firm()
    with translation.override(language_of(client)):
        subjects = {
            "card": _("%(firm)s : votre carte d’accès expire bientôt"),
            "status": _("%(firm)s : votre accès prend fin bientôt"),
        }
        day = long_day(date.fromisoformat(letter.values["day"]))
        context = {"client": client, "card": card, "day": day, "firm": told}
        text = render_to_string("access/mail/ending.txt", context)
        return EmailMessage(subjects[about] % {"firm": told["name"]}, text, to=[client.email])


def _tell_sent(load: Callable[[Letter, datetime], Any]) -> Callable[[Letter, datetime], None]:
    def tell(letter: Letter, at: datetime) -> None:
        subject = load(letter, at)
        if subject is None:
            return
        card = subject if isinstance(subject, AccessCard) else None
        client = card.client if card else subject
        values = {"email": client.email, "language": language_of(client), "day": letter.values["day"]}
        Event.objects.record(
            Event.Kind.NOTIFICATION, at=at, said=f"mailed_{letter.kind}", client=client, card=card, inputs=values
        )

    return tell


LETTERS = (
    LetterKind(KINDS["card_ending"], _compose_card, _tell_sent(_card)),
    LetterKind(KINDS["status_ending"], _compose_status, _tell_sent(_client)),
)
