"""The e-mail that lets a colleague choose the first password."""

import logging
from smtplib import SMTPException
from typing import Any

from django.conf import settings
from django.contrib.auth.models import User
from django.contrib.auth.tokens import PasswordResetTokenGenerator
from django.core.mail import EmailMessage
from django.core.signing import BadSignature, TimestampSigner
from django.http import HttpRequest
from django.urls import reverse
from django.utils.encoding import force_bytes
from django.utils.http import urlsafe_base64_encode
from django.utils.translation import gettext as _, ngettext

from fixaloop.installation.firm import firm

logger = logging.getLogger(__name__)
DAY = 24 * 3600


class Links(PasswordResetTokenGenerator):
    """Links to where a password is chosen, once: an invitation for `PASSWORD_RESET_TIMEOUT`, any other for a day."""

    signer = TimestampSigner(salt="fixaloop.accounts.links", sep=".")

    def make_token(self, user: Any) -> str:
        return self.signer.sign(super().make_token(user))

    def check_token(self, user: Any, token: str | None) -> bool:
        if user is None or token is None:
            return False
        try:
            made = self.signer.unsign(token, max_age=DAY if user.has_usable_password() else None)
        except BadSignature:
            return False
        return super().check_token(user, made)


links = Links()


def invite(user: User, request: HttpRequest) -> bool:
    """Send the link, which works once and for some days; False if no mail server took it."""
    page = reverse("password_reset_confirm", args=link_to_choose(user))
    url = f"{settings.SITE_URL}{page}" if settings.SITE_URL else request.build_absolute_uri(page)
    subject = _("%(firm)s : votre compte Fixaloop") % {"firm": firm()["name"]}
    try:
        return bool(EmailMessage(subject, _text(user, url), to=[user.email]).send())
    except (SMTPException, OSError) as error:
        # What the mail server says may hold the address.
        logger.warning("the invitation of account %s was not sent: %s", user.pk, type(error).__name__)
        return False


def link_to_choose(user: User) -> tuple[str, str]:
    """What the address of the page holds where a password is chosen: it works once (see `Links`)."""
    return urlsafe_base64_encode(force_bytes(user.pk)), links.make_token(user)


def _text(user: User, url: str) -> str:
    days = settings.PASSWORD_RESET_TIMEOUT // DAY
    return "\n\n".join(
        (
            _("Bonjour %(name)s,") % {"name": user.first_name or user.username},
            _("Un compte est ouvert pour vous. Votre identifiant : %(login)s") % {"login": user.username},
            _("Choisissez votre mot de passe à cette adresse :"),
            url,
            ngettext(
                "Elle vaut %(days)d jour, et une seule fois.", "Elle vaut %(days)d jours, et une seule fois.", days
            )
            % {"days": days},
        )
    )
