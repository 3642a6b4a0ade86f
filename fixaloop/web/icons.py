"""Icons from the packaged library, drawn once and kept: a page shows the same few dozens of times."""

from html import escape

from django.utils.safestring import SafeString
from lucide.templatetags.lucide import lucide

from fixaloop.speed import kept


@kept("icons", 256)
def icon(name: str, size: int = 18) -> SafeString:
    """The SVG of an icon, hidden from screen readers: the word beside it says what it means."""
    return SafeString(lucide(name, size=size, aria_hidden="true", focusable="false"))


@kept("icons", 256)
def chip(label: str, tone: str, name: str = "") -> SafeString:
    drawn = icon(name, 14) if name else ""
    return SafeString(f'<span class="chip" data-tone="{tone}">{drawn}{escape(label)}</span>')
