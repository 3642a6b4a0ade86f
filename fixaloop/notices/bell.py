"""What is new for a person: notices of the kinds they may see that they have not read."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet

from fixaloop.models import Preference
from fixaloop.notices.kinds import kinds_for
from fixaloop.notices.models import Notice, NoticeRead

# Beyond, the bell says “99+”.
MOST = 99


def notices_for(user: Any) -> QuerySet[Notice]:
    return Notice.objects.filter(Q(to=None) | Q(to=user.pk), kind__in=kinds_for(user))


def unread(notices: QuerySet[Notice], user: Any) -> QuerySet[Notice]:
    by_itself = NoticeRead.objects.filter(user=user.pk, notice=OuterRef("pk"))
    return notices.filter(~Exists(by_itself), pk__gt=read_upto(user))


def read_by(user: Any, notices: Iterable[Notice]) -> set[int]:
    upto, keys = read_upto(user), {notice.pk for notice in notices}
    by_itself = NoticeRead.objects.filter(user=user.pk, notice__in=keys).values_list("notice", flat=True)
    return {key for key in keys if key <= upto} | set(by_itself)


def newest(before: datetime | None = None) -> int:
    """The key of the last notice, or of the last one before a moment; 0 without any."""
    notices = Notice.objects.order_by("-pk")
    if before is not None:
        notices = notices.filter(at__lt=before)
    return notices.values_list("pk", flat=True).first() or 0


def count_unread(user: Any) -> str:
    """How many a person has not read: “12”, “99+”, or nothing for none."""
    counted = unread(notices_for(user), user).order_by()[: MOST + 1].count()
    return f"{MOST}+" if counted > MOST else str(counted or "")


def read_upto(user: Any) -> int:
    preference: Preference | None = getattr(user, "preference", None)
    return preference.read_upto if preference else 0


def mark_read(user: Any, notice: Notice) -> None:
    NoticeRead.objects.get_or_create(user=user, notice=notice)


@transaction.atomic
def mark_all_read(user: Any, upto: int) -> None:
    """Mark all notices up to this one as read: not those that came while somebody read the page."""
    preference, _created = Preference.objects.get_or_create(user=user)
    Preference.objects.filter(pk=preference.pk, read_upto__lt=upto).update(read_upto=upto)
    NoticeRead.objects.filter(user=user, notice__lte=upto).delete()
