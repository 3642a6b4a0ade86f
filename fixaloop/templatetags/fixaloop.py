"""Template tags of the house."""

from datetime import datetime, time

from django import template
from django.utils import timezone

from fixaloop.web.icons import icon
from fixaloop.words.dates import full_day, full_moment, local, long_day, say_clock, say_full, say_since
from fixaloop.words.money import euros

register = template.Library()
register.simple_tag(icon)
for said in (euros, long_day, full_day, full_moment):
    register.filter(said)
register.filter("moment", say_full)


@register.filter
def clock(moment: datetime | time) -> str:
    return say_clock(local(moment) if isinstance(moment, datetime) else moment)


@register.filter
def since(moment: datetime) -> str:
    return say_since(moment, timezone.now())
