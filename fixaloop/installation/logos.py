"""The firm’s logo: read from any file, made small, and written anew as PNG, so that nothing else of the file stays."""

import hashlib
import warnings
from io import BytesIO
from typing import BinaryIO, NamedTuple

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe
from PIL import Image, ImageOps

from fixaloop.installation.models import Logo
from fixaloop.records.refusal import Refused

FORMATS = ("PNG", "JPEG", "WEBP")
MOST_BYTES = 5_000_000
# A picture of few bytes may unfold to fill the memory: its head tells how large it is before it does.
MOST_PIXELS = 40_000_000
# Sharp at 6 × 3 cm on paper.
LARGEST = (720, 360)
FOR_EVER = "private, max-age=31536000, immutable"


class Picture(NamedTuple):
    content: bytes
    width: int
    height: int


def read_picture(file: BinaryIO, size: int) -> Picture:
    """The picture of a file, as it will be printed. Raises `Refused`."""
    if size > MOST_BYTES:
        raise Refused([_("Ce fichier est trop lourd : 5 Mo au plus.")])
    try:
        with warnings.catch_warnings(action="error", category=Image.DecompressionBombWarning):
            return _small(Image.open(file, formats=FORMATS))
    except Refused:
        raise
    except Exception as error:
        # A broken file makes the decoders raise whatever they like.
        raise Refused([_("Ce fichier n’est pas une image lisible : envoyez un PNG, un JPEG ou un WebP.")]) from error


def _small(image: Image.Image) -> Picture:
    if image.width * image.height > MOST_PIXELS:
        values = {"width": image.width, "height": image.height}
        raise Refused([_("Cette image est trop grande (%(width)s × %(height)s points) : réduisez-la.") % values])
    upright = ImageOps.exif_transpose(image).convert("RGBA")
    upright.thumbnail(LARGEST)
    written = BytesIO()
    upright.save(written, "PNG", optimize=True)
    return Picture(written.getvalue(), *upright.size)


def keep(picture: Picture) -> Logo:
    digest = hashlib.sha256(picture.content).hexdigest()
    row, _new = Logo.objects.get_or_create(digest=digest, defaults=picture._asdict())
    return row


def address_of(digest: str) -> str:
    return f"/firm/logo/{digest}/" if digest else ""


@require_safe
def show(request: HttpRequest, digest: str) -> HttpResponse:
    row = get_object_or_404(Logo, digest=digest)
    return HttpResponse(bytes(row.content), content_type="image/png", headers={"Cache-Control": FOR_EVER})
