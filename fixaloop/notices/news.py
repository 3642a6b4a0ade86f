"""Notices by e-mail, as each person prefers: at once or once a day."""

from datetime import datetime, time, timedelta

from django.conf import settings
from django.contrib.auth.models import User
from django.core.mail import EmailMessage
from django.db import transaction
from django.db.models import QuerySet
from django.template.loader import render_to_string
from django.utils import timezone, translation
from django.utils.translation import gettext as _, ngettext

from fixaloop.installation.firm import firm
from fixaloop.models import Preference
from fixaloop.notices.bell import newest, notices_for, unread
from fixaloop.notices.kinds import told
from fixaloop.notices.letters import new_letter, queue
from fixaloop.notices.models import Letter, Notice
from fixaloop.web.profile import chosen_language

NEWS = "news"
# When the mail of the day is written.
DIGEST_AT = time(7)
# More notices than these are counted.
MOST = 50
Mail = Preference.NoticesMail


def queue_news(at: datetime) -> None:
    """Put into the outbox what people want to be told by e-mail and have not been told yet."""
    for mail, upto in ((Mail.AT_ONCE, newest()), (Mail.DIGEST, newest(_last_digest(at)))):
        behind = Preference.objects.filter(notices_mail=mail, mailed_upto__lt=upto).select_related("user")
        for preference in behind.order_by("pk"):
            _queue(preference, upto, at)


def _last_digest(at: datetime) -> datetime:
    now = timezone.localtime(at)
    today = timezone.make_aware(datetime.combine(now.date(), DIGEST_AT))
    return today if today <= at else timezone.make_aware(datetime.combine(now.date() - timedelta(days=1), DIGEST_AT))


@transaction.atomic
def _queue(preference: Preference, upto: int, at: datetime) -> None:
    after, user = preference.mailed_upto, preference.user
    # Another worker may have been faster.
    if not Preference.objects.filter(pk=preference.pk, mailed_upto=after).update(mailed_upto=upto):
        return
    if _news(user, after, upto).exists():
        values = {"user": user.pk, "after": after, "upto": upto}
        queue([new_letter(NEWS, f"{NEWS}-{user.pk}-{upto}", f"user-{user.pk}", values, at)])


def _news(user: User, after: int, upto: int) -> QuerySet[Notice]:
    return unread(notices_for(user).filter(pk__gt=after, pk__lte=upto), user)


def compose_news(letter: Letter, at: datetime) -> EmailMessage | None:
    user = User.objects.select_related("preference").filter(pk=letter.values["user"], is_active=True).first()
    if user is None or not user.email or user.preference.notices_mail == Mail.NONE:
        return None
    news = _news(user, letter.values["after"], letter.values["upto"]).order_by("-pk")
    count = news.count()
    if not count:
        return None
    with translation.override(chosen_language(user) or settings.LANGUAGE_CODE):
        subject = ngettext("%(count)d notification", "%(count)d notifications", count) % {"count": count}
        context = {
            "told": told(news[:MOST]),
            "more": max(count - MOST, 0),
            "site": settings.SITE_URL,
            "firm": firm(),
        }
        text = render_to_string("notices/news.txt", context)
        return EmailMessage(_("%(who)s : %(what)s") % {"who": firm()["name"], "what": subject}, text, to=[user.email])
