"""What notices about cards, stays and readers say of their subject, from the values that are kept."""

from datetime import date, datetime
from decimal import Decimal

from django.utils import timezone
from django.utils.translation import gettext as _, ngettext

from fixaloop.notices.kinds import Values
from fixaloop.words.dates import long_day, say_clock
from fixaloop.words.money import euros


def card_ending(values: Values) -> str:
    return _("la carte expire le %(day)s") % {"day": long_day(date.fromisoformat(values["day"]))}


def status_ending(values: Values) -> str:
    day = {"day": long_day(date.fromisoformat(values["day"]))}
    if values["active"]:
        return _("redevient actif le %(day)s") % day
    return _("devient inactif après le %(day)s") % day


def lost_card_used(values: Values) -> str:
    return _("la carte perdue a été présentée, accès refusé") if values["refused"] else _("la carte perdue a servi")


def refused_often(values: Values) -> str:
    count = values["count"]
    return ngettext("%(count)d refus en une heure", "%(count)d refus en une heure", count) % {"count": count}


def unpaid_over(values: Values) -> str:
    amounts = {name: euros(Decimal(values[name])) for name in ("unpaid", "limit")}
    return _("%(unpaid)s impayés, pour une limite de %(limit)s") % amounts


def reader_flooding(values: Values) -> str:
    return _("plus de %(most)d demandes en une minute, les suivantes sont refusées") % {"most": values["most"]}


def wrong_tokens(values: Values) -> str:
    if values["place"]:
        return (
            _("Beaucoup de jetons inconnus depuis %(place)s : un lecteur à régler, ou quelqu’un qui essaie.") % values
        )
    return _("Beaucoup de jetons inconnus, de plusieurs endroits.")


def reader_silent(values: Values) -> str:
    since = timezone.localtime(datetime.fromisoformat(values["since"]))
    when = {"day": long_day(since), "time": say_clock(since)}
    return _("le lecteur est muet depuis le %(day)s, %(time)s") % when
