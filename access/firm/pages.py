"""“Mon entreprise”: what is printed under its name, its hours, days and limits."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _, gettext_lazy

from access.firm.forms import FirmForm
from access.shared.pages import Section, changes, form_page, saved
from fixaloop.forms.fields import sent
from fixaloop.installation.firm import save_firm
from fixaloop.installation.models import ONLY, Firm

FIRM = Section(gettext_lazy("Mon entreprise"), "firm", Firm.objects.all())


@FIRM.get_or_post("fixaloop.change_firm")
def firm_page(request: HttpRequest) -> HttpResponse:
    row = Firm.objects.filter(pk=ONLY).first() or Firm()
    form = FirmForm(sent(request), instance=row)
    if saved(request, form, save_firm):
        return redirect("firm")
    context: dict[str, Any] = {
        "title": _("Mon entreprise"),
        "record": row,
        "cancel_url": "/",
        "submit_label": _("Enregistrer"),
        "crumbs": [{"label": _("Mon entreprise"), "url": ""}],
        "changes": changes(row) if row.version and Firm.history.exists() else [],
    }
    return form_page(request, "access/firm.html", form, context)
