"""Sends stored files to the people who may have them."""

from http import HTTPStatus

from django.http import FileResponse, Http404, HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.utils.translation import gettext as _

from fixaloop.files import stored


def sent(request: HttpRequest, name: str, shown: str, content_type: str) -> HttpResponseBase:
    """A kept file, called `shown`; a page that says why it cannot be read now. Raises Http404 if there is none.

    It passes through us: each download asks for the right again, and browsers need not reach the bucket. It lies whole
    on the disk before the answer begins, so that a slow browser keeps no thread.
    """
    if not name:
        raise Http404
    try:
        file = stored.opened(name)
    except FileNotFoundError as error:
        raise Http404 from error
    except OSError as error:
        context = {"page_title": _("Ce fichier ne se lit pas"), "reason": stored.reason_of(error)}
        return render(request, "files/away.html", context, status=HTTPStatus.SERVICE_UNAVAILABLE)
    return FileResponse(file, as_attachment=True, filename=shown, content_type=content_type)
