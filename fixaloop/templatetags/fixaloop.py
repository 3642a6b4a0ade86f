"""Template tags of the house."""

from django import template

from fixaloop.web.icons import icon
from fixaloop.words.dates import full_day, full_moment, long_day
from fixaloop.words.money import euros

register = template.Library()
register.simple_tag(icon)
for said in (euros, long_day, full_day, full_moment):
    register.filter(said)
