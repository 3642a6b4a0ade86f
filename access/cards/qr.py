"""The QR code of a card, drawn by segno. It is drawn for the page or the message at hand and kept nowhere."""

from __future__ import annotations

from io import BytesIO

import segno
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

# A quarter of the modules may be worn away: badges live in pockets.
ERROR_CORRECTION = "q"
QUIET_ZONE = 4
PIXELS = 8


def svg(value: str) -> SafeString:
    """The code as an inline SVG that fills its box, without styles of its own."""
    code = segno.make(value, error=ERROR_CORRECTION, boost_error=False, micro=False)
    drawn = code.svg_inline(
        border=QUIET_ZONE, omitsize=True, dark="#000", light="#fff", svgclass="qr", lineclass=None, title=_("Code QR")
    )
    return SafeString(drawn.replace("<svg ", '<svg role="img" ', 1))


def png(value: str) -> bytes:
    """The code as an image for messages."""
    file = BytesIO()
    segno.make(value, error=ERROR_CORRECTION, boost_error=False, micro=False).save(
        file, kind="png", border=QUIET_ZONE, scale=PIXELS
    )
    return file.getvalue()
