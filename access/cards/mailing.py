"""A card sent to its holder, in his language."""

from __future__ import annotations

from datetime import datetime
from email.mime.image import MIMEImage
from typing import Any

from django.conf import settings
from django.contrib.auth.models import AbstractBaseUser
from django.core.mail import EmailMultiAlternatives
from django.template.loader import render_to_string
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from access.cards import qr
from access.models import AccessCard, Event
from access.services.events import record

# Who speaks a language we do not write reads English sooner than French.
OTHERWISE = "en"
IMAGE = "carte"


def send_card(card: AccessCard, qr_value: str, *, by: AbstractBaseUser | None, at: datetime | None = None) -> Event:
    """Send a card to its client's address and keep that it was. Raises `OSError` when the message cannot be sent.

    The code is an image in the message: as text it would be found by whoever searches a mailbox.
    """
    client = card.client
    message = _message(card, qr_value)
    message.send()
    text = _("Carte envoyée par e-mail à %(email)s (%(language)s)")
    shown = {"email": client.email, "language": client.get_language_display().lower()}
    what: dict[str, Any] = {"client": client, "card": card, "tags": list(card.tags.all())}
    return record(Event.Kind.NOTIFICATION, at=at or timezone.now(), by=by, text=text % shown, **what)


def _message(card: AccessCard, qr_value: str) -> EmailMultiAlternatives:
    language = card.client.language if card.client.language in dict(settings.LANGUAGES) else OTHERWISE
    zones = [] if card.everywhere else list(card.zones.all())
    context = {"card": card, "client": card.client, "firm": settings.FIRM, "zones": zones, "image": bool(qr_value)}
    with translation.override(language):
        message = EmailMultiAlternatives(
            _("Votre carte d’accès %(firm)s") % {"firm": settings.FIRM["name"]},
            render_to_string("access/mail/card.txt", context),
            to=[card.client.email],
        )
        message.attach_alternative(render_to_string("access/mail/card.html", context), "text/html")
    if qr_value:
        message.mixed_subtype = "related"
        image = MIMEImage(qr.png(qr_value), "png")
        image.add_header("Content-ID", f"<{IMAGE}>")
        image.add_header("Content-Disposition", "inline", filename=f"{IMAGE}.png")
        message.attach(image)
    return message
