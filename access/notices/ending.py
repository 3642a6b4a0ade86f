"""Cards that are about to expire."""

from datetime import datetime, timedelta

from access.models import AccessCard
from access.models.cards import expiring
from access.notices.telling import Found, tell_found
from clients.status import active
from fixaloop.installation.firm import rule
from fixaloop.records.bulk import batches
from fixaloop.words.dates import day_of


def tell_ending_cards(at: datetime) -> int:
    """Tell the cards of active clients that expire within `NOTICE_DAYS`; return how many were not told yet.

    Not visitors’ passes, nor cards that were given for no longer than that.
    """
    ahead = timedelta(days=rule("NOTICE_DAYS"))
    cards = AccessCard.objects.filter(expiring(at, day_of(at) + ahead), active(at, "client__"), visitor="")
    keys = cards.order_by("last_day", "pk").values_list("pk", "valid_from", "last_day")
    lasting = (key for key, first, last in keys if last - first > ahead)
    return sum(tell_found(map(_ending, _loaded(some)), at) for some in batches(lasting))


def _loaded(keys: list[int]) -> list[AccessCard]:
    return list(AccessCard.objects.filter(pk__in=keys).select_related("client").order_by("last_day", "pk"))


def _ending(card: AccessCard) -> Found:
    day = card.last_day.isoformat()
    return Found("card_ending", card, day, {"day": day})
