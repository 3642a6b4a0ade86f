"""What the holder of a card gets: the QR code, and the e-mail in the holder's language."""

from datetime import datetime
from io import BytesIO
from typing import Any

import segno
from django.conf import settings
from django.contrib.auth.models import AbstractBaseUser
from django.core.mail import EmailMultiAlternatives
from django.template.loader import render_to_string
from django.utils import timezone, translation
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from access.models import AccessCard, Event
from clients.models import Client
from fixaloop.installation.firm import firm

# A quarter of the modules may be worn away: badges live in pockets.
ERROR_CORRECTION = "q"
QUIET_ZONE = 4
PIXELS = 8
# Whoever speaks a language that is not translated reads English sooner than French.
OTHERWISE = "en"
IMAGE = "carte"


def _qr(value: str) -> segno.QRCode:
    return segno.make(value, error=ERROR_CORRECTION, boost_error=False, micro=False)


def qr_svg(value: str) -> SafeString:
    drawn = _qr(value).svg_inline(
        border=QUIET_ZONE, omitsize=True, dark="#000", light="#fff", svgclass="qr", lineclass=None, title=_("Code QR")
    )
    return SafeString(drawn.replace("<svg ", '<svg role="img" ', 1))


def qr_png(value: str) -> bytes:
    file = BytesIO()
    _qr(value).save(file, kind="png", border=QUIET_ZONE, scale=PIXELS)
    return file.getvalue()


def send_card(card: AccessCard, qr_value: str, *, by: AbstractBaseUser | None, at: datetime | None = None) -> Event:
    """Send a card to its client and record that as an event. Raises `OSError` when the message cannot be sent.

    The code is an image in the message: as text, a search of the mailbox would find it.
    """
    client = card.client
    message = _message(card, qr_value)
    message.send()
    values = {"email": client.email, "language": client.language}
    what: dict[str, Any] = {"client": client, "card": card, "inputs": values, "tags": list(card.tags.all())}
    return Event.objects.record(Event.Kind.NOTIFICATION, at=at or timezone.now(), by=by, said="card_sent", **what)


class CardMessage(EmailMultiAlternatives):
    """An e-mail whose HTML shows the attached image (`cid:`), on Django 5.2 as on 6."""

    def message(self, **options: Any) -> Any:
        message = super().message(**options)
        for part in message.walk():
            if part.get_content_maintype() == "image":
                message.set_type("multipart/related")
                part["Content-ID"] = f"<{IMAGE}>"
                part.replace_header("Content-Disposition", f'inline; filename="{IMAGE}.png"')
        return message


def language_of(client: Client) -> str:
    return client.language if client.language in dict(settings.LANGUAGES) else OTHERWISE


def _message(card: AccessCard, qr_value: str) -> CardMessage:
    zones = [] if card.everywhere else list(card.zones.all())
    context = {"card": card, "client": card.client, "firm": firm(), "zones": zones, "image": bool(qr_value)}
    with translation.override(language_of(card.client)):
        message = CardMessage(
            _("Votre carte d’accès %(firm)s") % {"firm": firm()["name"]},
            render_to_string("access/mail/card.txt", context),
            to=[card.client.email],
        )
        message.attach_alternative(render_to_string("access/mail/card.html", context), "text/html")
    if qr_value:
        message.attach(f"{IMAGE}.png", qr_png(qr_value), "image/png")
    return message
