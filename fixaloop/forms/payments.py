"""What the forms of payments share: the method somebody took last, and their page."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from fixaloop.records.payments import AbstractPayment

Method = AbstractPayment.Method
KEPT = "payment_method"


def usual_method(request: HttpRequest) -> str:
    """How somebody was paid last since they signed in; by card at first."""
    return str(request.session.get(KEPT, Method.CARD))


def remember_method(request: HttpRequest, method: str) -> None:
    if usual_method(request) != method:
        request.session[KEPT] = method


def take_page(request: HttpRequest, form: Any, action: str, back: str, context: dict[str, Any]) -> HttpResponse:
    """The page on which a payment is taken; other pages fetch its form into their own."""
    context |= {"form": form, "action": action, "back": back, "title": _("Encaisser")}
    return render(request, "payments/take.html", context, status=422 if form.errors else 200)
