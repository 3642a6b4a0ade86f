"""Template tags of the house."""

from django import template

from fixaloop.dates import long_day
from fixaloop.icons import icon

register = template.Library()
register.simple_tag(icon)
register.filter(long_day)
