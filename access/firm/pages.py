"""“Mon entreprise”: what is printed under its name, its hours, days and limits."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _, gettext_lazy

from access.firm.forms import FirmForm
from access.shared.pages import Section, changes, form_page, saved
from fixaloop.forms.fields import sent
from fixaloop.installation.firm import firm, save_firm
from fixaloop.installation.models import ONLY, Firm

SEE_ALSO = (
    ("access:tariffs", "access.view_tariff", gettext_lazy("Tarifs")),
    ("access:calendar", "access.view_specialday", gettext_lazy("Calendrier")),
    ("access:zones", "access.view_zone", gettext_lazy("Zones")),
    ("accounts:list", "auth.view_user", gettext_lazy("Comptes")),
)

FIRM = Section(gettext_lazy("Mon entreprise"), "firm", Firm.objects.all())


@FIRM.get_or_post("fixaloop.change_firm")
def firm_page(request: HttpRequest) -> HttpResponse:
    row = Firm.objects.filter(pk=ONLY).first() or Firm()
    form = FirmForm(sent(request), request.FILES or None, instance=row)
    if saved(request, form, save_firm, linked=("picture", "no_logo")):
        return redirect("firm")
    context: dict[str, Any] = {
        "title": _("Mon entreprise"),
        "record": row,
        "firm": firm(),
        "see_also": see_also(request.user),
        "cancel_url": "/",
        "submit_label": _("Enregistrer"),
        "crumbs": [{"label": _("Mon entreprise"), "url": ""}],
        "changes": changes(row) if row.version and Firm.history.exists() else [],
    }
    return form_page(request, "access/firm.html", form, context)


def see_also(user: Any) -> list[dict[str, Any]]:
    return [{"url": reverse(name), "label": label} for name, right, label in SEE_ALSO if user.has_perm(right)]
