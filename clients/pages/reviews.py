"""The review of one client: read, confirm, and on to the next."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from clients import services
from clients.extensions import extensions
from clients.models import Client
from clients.pages.page import client_context, client_page
from clients.payers import say_payer
from fixaloop.forms.parsing import parse_key


@require_http_methods(["GET", "HEAD", "POST"])
@client_page(("clients.view_client", "clients.review_client"), changing=True)
def review(request: HttpRequest, client: Client) -> HttpResponse:
    following = services.next_for_review(client, timezone.now())
    next_url = reverse("clients:review", args=[following.reference]) if following else reverse("clients:review-list")
    conflict = ""
    if request.method == "POST":
        try:
            services.review_client(client, by=request.user, version=parse_key(request.POST.get("version", "")))  # type: ignore[arg-type]
        except services.Stale:
            conflict = _("Quelqu’un a modifié cette fiche pendant ce temps : relisez-la, puis confirmez.")
            client = Client.objects.select_related("company").get(pk=client.pk)
        else:
            messages.success(request, _("%(client)s est revu.") % {"client": client.name})
            return redirect(next_url)
    cards = [card for part in extensions() if (card := part.figures_card(client, request.user))]
    context = client_context(request, client, "") | {"next_url": next_url, "conflict": conflict, "cards": cards}
    context["payer"] = say_payer(client) if client.company else ""
    return render(request, "clients/review.html", context, status=409 if conflict else 200)
