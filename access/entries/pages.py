"""The page of an entry, and the forms of its money."""

from datetime import datetime
from decimal import Decimal
from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.db.models import Q
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _, gettext_lazy

from access import services
from access.declared.undos import PRICED, STAY, price_of, stay_of
from access.entries.list import anomaly_labels, payment_chip, presence_chip
from access.entries.sentence import say_entrance, say_stay
from access.events.told import ALL, Story, find, note_on, tell
from access.gate.unread import unread_exits
from access.models import Entry, Event, Payment, PricedBy
from access.models.entries import SEE_MONEY
from access.services import prices
from access.services.payments import payment_errors, size_error
from access.shared.pages import CLIENT, Section, created, rights_of
from access.tariffs.explaining import explain as explain_price
from clients.status import explain
from fixaloop.forms.fields import AmountField, DayField, TidyForm, sent
from fixaloop.forms.opposites import oppose_page
from fixaloop.forms.parsing import parse_amount
from fixaloop.forms.payments import remember_method, take_page, usual_method
from fixaloop.forms.submissions import SubmissionField
from fixaloop.forms.undo import tell_undoable
from fixaloop.lists.neighbours import neighbours
from fixaloop.records.payments import LONGEST_NOTE, shown, sign
from fixaloop.web.icons import chip
from fixaloop.web.requests import safe_address
from fixaloop.words.dates import long_day, say_full
from fixaloop.words.money import euros

SHOWN = (*CLIENT, "card", "vehicle", "zone", "device_in", "device_out")
ENTRIES = Section(gettext_lazy("Entrées"), "access:entries", Entry.objects.select_related(*SHOWN))
TAKE_MONEY, CHANGE = "access.add_payment", "access.change_entry"
KINDS = [(kind.value, kind.label) for kind in (Payment.Kind.PAYMENT, Payment.Kind.REFUND)]


class SignedAmountField(AmountField):
    def read(self, text: str) -> Decimal | None:
        amount = parse_amount(text)
        if amount is not None and (error := size_error(amount)):
            raise ValidationError(error, "amount")
        return amount


class PaymentForm(TidyForm, forms.ModelForm):
    amount = SignedAmountField(label=gettext_lazy("Montant (€)"))
    # Scripts may leave it out: a negative amount is a refund.
    kind = forms.ChoiceField(label=gettext_lazy("Nature"), choices=KINDS, required=False)
    paid_on = DayField(label=gettext_lazy("Payé le"), required=False)
    reference = forms.CharField(label=gettext_lazy("Référence"), max_length=60, required=False)
    note = forms.CharField(
        label=gettext_lazy("Note"),
        max_length=LONGEST_NOTE,
        required=False,
        help_text=gettext_lazy("Pour un remboursement, sa raison."),
    )
    submission = SubmissionField()

    class Meta:
        model = Payment
        fields = ("amount", "kind", "method", "paid_on")

    def __init__(self, *args: Any, entry: Entry, method: str, **kwargs: Any) -> None:
        suggested: dict[str, Any] = {"paid_on": timezone.localdate(), "method": method}
        if entry.balance:
            kind = Payment.Kind.PAYMENT if entry.balance > 0 else Payment.Kind.REFUND
            suggested |= {"amount": abs(entry.balance), "kind": kind}
        # Several may be open on one page.
        super().__init__(*args, **{"initial": suggested, "auto_id": f"id_stay{entry.pk}_%s", **kwargs})

    def clean_paid_on(self) -> Any:
        return self.cleaned_data["paid_on"] or timezone.localdate()

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if {"amount", "paid_on"} <= cleaned.keys():
            payment = Payment(**{name: cleaned.get(name, "") for name in ("amount", "paid_on", "kind", "note")})
            sign(payment)
            for name, error in payment_errors(payment, timezone.now()).items():
                self.add_error(name, error)
        return cleaned

    def _post_clean(self) -> None:
        super()._post_clean()  # type: ignore[misc]
        for name in ("reference", "note"):
            setattr(self.instance, name, self.cleaned_data.get(name, ""))


class AmountForm(TidyForm, forms.Form):
    """What is due for an entry; why, where a tariff said so."""

    amount_due = AmountField(label=gettext_lazy("Montant dû (€)"))
    reason = forms.CharField(label=gettext_lazy("Motif"), required=False, max_length=200)
    note = forms.CharField(label=gettext_lazy("Note"), required=False, max_length=200)
    submission = SubmissionField()

    def __init__(self, data: Any = None, *, entry: Entry) -> None:
        # The page has a payment beside it, with a note too.
        super().__init__(data, initial={"amount_due": entry.amount_due}, auto_id="id_amount_%s")
        self.fields["reason"].required = bool(entry.pricing)


@ENTRIES.get("access.view_entry")
def detail(request: HttpRequest, entry: Entry) -> HttpResponse:
    return render(request, "access/entry.html", _context(request, entry))


def _context(request: HttpRequest, entry: Entry) -> dict[str, Any]:
    now, user = timezone.now(), request.user
    may = rights_of(
        user,
        see_client="clients.view_client",
        see_card="access.view_accesscard",
        see_vehicle="access.view_vehicle",
        see_events="access.view_event",
        see_money=SEE_MONEY,
        take_money=TAKE_MONEY,
        change=CHANGE,
        correct="access.correct_entry",
    )
    may["take_money"] &= may["see_money"]
    may["set_amount"] = may["change"] and may["see_money"] and entry.voided_at is None
    filters = ("passages", "payments", "notes")
    note = note_on(entry.client, user, entry=entry)
    story = Story(entry.get_absolute_url(), Q(entry=entry), filters, note=note, most=ALL)
    events = find(story, user) if may["see_events"] else []
    first = next((event for event in reversed(events) if event.kind == Event.Kind.ENTRY), None)
    return {
        "entry": entry,
        "beside": neighbours(request, entry),
        "name": _("Entrée du %(at)s") % {"at": _entered(entry)},
        "entered": _entered(entry),
        "entrance": say_entrance(first) if first else "",
        "said": "" if entry.is_forgotten else say_stay(entry, now),
        "client_status": explain(entry.client, now) if entry.client else None,
        "presence": _presence(entry, now),
        "maybe_left": entry.is_open and unread_exits(now).concerns(entry),
        "anomalies": anomaly_labels(entry),
        "told": tell(story, request, now, events) if may["see_events"] else None,
        "may": may,
        "money": _money(entry, may["take_money"], now) if may["see_money"] else None,
        "payment_form": PaymentForm(entry=entry, method=usual_method(request)) if may["take_money"] else None,
        "amount_form": AmountForm(entry=entry) if may["set_amount"] else None,
        "tariff_form": TariffForm() if may["set_amount"] else None,
        "crumbs": ENTRIES.crumbs(_entered(entry)),
    }


def _presence(entry: Entry, now: datetime) -> str:
    over = entry.exited_at and not entry.voided_at and not entry.is_forgotten
    return chip(_("Terminée"), "muted", "log-out") if over else presence_chip(entry, now)


def _entered(entry: Entry) -> str:
    """When it began; of a stay that is forgotten, only the day is known."""
    return long_day(entry.entered_at) if entry.is_forgotten else say_full(entry.entered_at)


def _money(entry: Entry, may_oppose: bool, now: datetime) -> dict[str, Any]:
    def address(payment: Payment) -> str:
        return reverse("access:entry-oppose", args=[entry.pk, payment.pk])

    return {
        "chip": payment_chip(entry),
        "due": euros(entry.amount_due),
        "paid": euros(entry.paid_amount),
        "balance": euros(entry.balance),
        "credit": euros(-entry.balance) if entry.balance < 0 else "",
        **explained(entry),
        "now": _quote(entry, now),
        "payments": shown(entry.payments.all(), address if may_oppose else None),
    }


def explained(entry: Entry) -> dict[str, Any]:
    said = PricedBy(entry.priced_by).label if entry.priced_by in (PricedBy.ESTIMATE, PricedBy.PERSON) else ""
    told = {"tariff": entry.pricing.get("tariff", ""), "lines": explain_price(entry.pricing), "priced_by": said}
    return told | {"by_hand": bool(entry.pricing) and entry.has_fixed_amount and not entry.is_forgotten}


def _quote(entry: Entry, now: datetime) -> dict[str, Any] | None:
    if not entry.is_open:
        return None
    ended = prices.quote(entry, now)
    return {"due": euros(ended.amount_due), **explained(ended)} if ended.pricing else None


@ENTRIES.post("access.correct_entry")
def settle(request: HttpRequest, entry: Entry) -> HttpResponse:
    before = stay_of(entry)
    mark = services.settle(entry, by=request.user).mark  # type: ignore[arg-type]
    tell_undoable(request, _("La visite n’est plus à vérifier."), STAY, mark=mark, **before)
    return redirect(entry)


@ENTRIES.get_or_post(TAKE_MONEY, SEE_MONEY)
def pay(request: HttpRequest, entry: Entry) -> HttpResponse:
    """Take a payment: on the page of the entry, or from another, to which `next` leads back."""
    back = safe_address(request, request.POST.get("next") or request.GET.get("next"))
    form = PaymentForm(sent(request), entry=entry, method=usual_method(request))

    def record() -> Entry:
        payment = form.save(commit=False)
        payment.entry = entry
        return services.record_payment(payment, by=request.user).entry  # type: ignore[arg-type]

    if url := created(request, form, record, refused_field="amount"):
        remember_method(request, form.cleaned_data["method"])
        messages.success(request, _("Le paiement est enregistré."))
        return redirect(back or url)
    if back or not form.is_bound:
        about = str(entry) if request.user.has_perm("clients.view_client") else ""
        context = {"about": about, "crumbs": ENTRIES.crumbs(entry, _("Encaisser"))}
        here = entry.get_absolute_url()
        return take_page(request, form, f"{here}payments/", back or here, context)
    return render(request, "access/entry.html", _context(request, entry) | {"payment_form": form}, status=422)


@ENTRIES.get_or_post(TAKE_MONEY, SEE_MONEY)
def oppose(request: HttpRequest, entry: Entry, payment: int) -> HttpResponse:
    found = Payment.objects.filter(entry=entry, pk=payment).select_related("words").first()
    if found is None:
        raise Http404(_("Ce paiement n’existe pas."))
    context = {
        "about": entry if request.user.has_perm("clients.view_client") else "",
        "crumbs": ENTRIES.crumbs(_("Paiement")),
    }
    return oppose_page(request, found, services.oppose_payment, entry.get_absolute_url(), context)


def _tell_priced(request: HttpRequest, entry: Entry, said: str, before: dict[str, Any]) -> None:
    priced = Entry.objects.get(pk=entry.pk)
    if price_of(priced) == before:
        messages.success(request, said)
    else:
        tell_undoable(request, said, PRICED, amount=str(priced.amount_due), **before)


class TariffForm(forms.Form):
    submission = SubmissionField()


@ENTRIES.post(CHANGE, SEE_MONEY)
def tariff(request: HttpRequest, entry: Entry) -> HttpResponse:
    form = TariffForm(request.POST)
    before = price_of(entry)
    if url := created(request, form, lambda: services.return_to_tariff(entry, by=request.user)):  # type: ignore[arg-type]
        _tell_priced(request, entry, _("Le montant dû est de nouveau celui du tarif."), before)
        return redirect(url)
    for errors in form.errors.values():
        messages.error(request, " ".join(map(str, errors)))
    return redirect(entry)


@ENTRIES.post(CHANGE, SEE_MONEY)
def amount(request: HttpRequest, entry: Entry) -> HttpResponse:
    form = AmountForm(request.POST, entry=entry)

    def change() -> Entry:
        cleaned = form.cleaned_data
        why = {"note": cleaned["note"], "reason": cleaned["reason"]}
        return services.set_amount(entry, cleaned["amount_due"], **why, by=request.user)  # type: ignore[arg-type]

    before = price_of(entry)
    if url := created(request, form, change, refused_field="amount_due"):
        _tell_priced(request, entry, _("Le montant dû est enregistré."), before)
        return redirect(url)
    return render(request, "access/entry.html", _context(request, entry) | {"amount_form": form}, status=422)
