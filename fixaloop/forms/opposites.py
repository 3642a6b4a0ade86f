"""The page that answers a payment by its opposite, the same for all that is paid for."""

from collections.abc import Callable
from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _, gettext_lazy

from fixaloop.forms.fields import DayField, RuledForm, sent
from fixaloop.forms.submissions import SubmissionField, submit_once
from fixaloop.records.payments import LONGEST_NOTE, AbstractPayment
from fixaloop.records.refusal import Refused

Kind = AbstractPayment.Kind
CHOICES = (
    (Kind.REJECTION, gettext_lazy("Rejet : le chèque, le virement ou la carte n’a pas été payé")),
    (Kind.CORRECTION, gettext_lazy("Annulation d’une saisie : ce paiement n’a pas eu lieu ainsi")),
)


class OppositeForm(RuledForm, forms.Form):
    kind = forms.ChoiceField(label=gettext_lazy("Que s’est-il passé ?"), choices=CHOICES, widget=forms.RadioSelect)
    note = forms.CharField(label=gettext_lazy("Raison"), max_length=LONGEST_NOTE)
    paid_on = DayField(label=gettext_lazy("Jour"))
    submission = SubmissionField()

    def __init__(self, data: QueryDict | None, payment: AbstractPayment) -> None:
        cheque = payment.method == AbstractPayment.Method.CHEQUE
        suggested = {"kind": Kind.REJECTION if cheque else Kind.CORRECTION, "paid_on": timezone.localdate()}
        super().__init__(data, initial=suggested)


def oppose_page(
    request: HttpRequest, payment: Any, oppose: Callable[..., Any], back: str, context: dict[str, Any]
) -> HttpResponse:
    form, status = OppositeForm(sent(request), payment), 422
    if request.method == "POST" and form.is_valid():
        kind, reason, day = (form.cleaned_data[name] for name in ("kind", "note", "paid_on"))
        try:
            submit_once(
                form.cleaned_data["submission"],
                request.user,
                lambda: oppose(payment, kind, reason=reason, paid_on=day, by=request.user),
                lambda opposite: back,
            )
        except Refused as why:
            # Somebody was quicker: what was typed stays on the page.
            form.add_error(None, str(why))
            status = 409
        except ValidationError as why:
            form.tell(why)
        else:
            messages.success(
                request, _("L’opposé du paiement n° %(number)d est enregistré.") % {"number": payment.number}
            )
            return redirect(back)
    context |= {"payment": payment, "form": form, "cancel_url": back, "title": _("Rejeté ou saisi par erreur")}
    return render(request, "payments/opposite.html", context, status=status if form.errors else 200)
