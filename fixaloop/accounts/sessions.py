"""Sessions with two ends: some time without a page, and some hours after the password; each knows whose it is."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, Self

from django.conf import settings
from django.contrib.auth import SESSION_KEY
from django.contrib.sessions.backends import db
from django.contrib.sessions.base_session import AbstractBaseSession
from django.core.cache import cache
from django.db import models
from django.http import HttpRequest
from django.utils import timezone
from django.utils.crypto import constant_time_compare, salted_hmac
from django.utils.translation import gettext_lazy as _

from fixaloop.web.requests import address_of

# What a session keeps of its beginning.
BEGUN = "begun"
# When the firm’s provider last said who this is, in the sessions that it opened.
VOUCHED = "vouched"
# How often it is noted that somebody is there: not at each page, which would make pages write.
SEEN_EVERY = 60


class OpenSession(AbstractBaseSession):
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, verbose_name=_("utilisateur"), null=True)
    address = models.CharField(_("adresse"), max_length=45, blank=True)
    agent = models.CharField(_("navigateur"), max_length=255, blank=True)
    started_at = models.DateTimeField(_("ouverte le"))
    seen_at = models.DateTimeField(_("vue le"))

    class Meta:
        verbose_name = _("session ouverte")
        verbose_name_plural = _("sessions ouvertes")
        default_permissions = ()

    @classmethod
    def get_session_store_class(cls) -> type["SessionStore"]:
        return SessionStore

    @property
    def name(self) -> str:
        """What its page is called by: the key itself opens it."""
        return salted_hmac("fixaloop.accounts.sessions", self.session_key, algorithm="sha256").hexdigest()[:32]

    def see(self, at: datetime) -> Self:
        self.seen_at, self.expire_date = at, _end(self.started_at, at)
        return self


class SessionStore(db.SessionStore):
    @classmethod
    def get_model_class(cls) -> type[OpenSession]:
        return OpenSession

    def create_model_instance(self, data: Mapping[str, Any]) -> OpenSession:
        now = timezone.now()
        row: Any = super().create_model_instance(dict(data))
        begun = data.get(BEGUN, {})
        row.user_id = data.get(SESSION_KEY)
        row.address, row.agent = begun.get("address", ""), begun.get("agent", "")
        row.started_at = datetime.fromisoformat(begun["at"]) if begun else now
        cache.set(_seen(row.session_key), True, SEEN_EVERY)
        # One that was made for something shorter keeps its end.
        asked = row.expire_date
        made: OpenSession = row.see(now)
        made.expire_date = min(asked, made.expire_date)
        return made


def _end(started: datetime, seen: datetime) -> datetime:
    idle, whole = timedelta(minutes=settings.SESSION_IDLE_MINUTES), timedelta(hours=settings.SESSION_HOURS)
    return min(seen + idle, started + whole)


def _seen(key: str) -> str:
    return f"session-seen-{key}"


def begin(request: HttpRequest, at: datetime) -> None:
    agent = request.headers.get("User-Agent", "")[:255]
    request.session[BEGUN] = {"at": at.isoformat(), "address": address_of(request)[:45], "agent": agent}


def is_vouched(request: HttpRequest) -> bool:
    return VOUCHED in request.session


def must_ask_again(request: HttpRequest, at: datetime) -> bool:
    since = request.session.get(VOUCHED)
    if not since:
        return False
    lasts = timedelta(minutes=settings.OIDC_RECHECK_MINUTES)
    return not settings.OIDC_ISSUER or at - datetime.fromisoformat(since) >= lasts


def note_seen(request: HttpRequest, at: datetime) -> None:
    """Move the end of the session that somebody is at work in, without writing what is in it."""
    key = request.session.session_key
    if key and cache.add(_seen(key), True, SEEN_EVERY):
        for row in OpenSession.objects.filter(session_key=key).only("started_at"):
            row.see(at)
            OpenSession.objects.filter(session_key=key).update(seen_at=row.seen_at, expire_date=row.expire_date)


def sessions_of(user: Any, at: datetime) -> list[OpenSession]:
    return list(OpenSession.objects.filter(user=user, expire_date__gt=at).order_by("-seen_at")[:50])


def close(user: Any, name: str, at: datetime) -> bool:
    """Close one of one’s own, and tell whether it was open."""
    found = [row.session_key for row in sessions_of(user, at) if constant_time_compare(row.name, name)]
    return bool(OpenSession.objects.filter(session_key__in=found).delete()[0])


def close_others(user: Any, key: str | None) -> int:
    return OpenSession.objects.filter(user=user).exclude(session_key=key).delete()[0]
