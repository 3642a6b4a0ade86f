"""Template tags of the house."""

from django import template

from fixaloop.icons import icon

register = template.Library()
register.simple_tag(icon)
