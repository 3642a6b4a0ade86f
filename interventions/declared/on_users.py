"""What closing somebody’s account means for interventions."""

from collections.abc import Sequence
from typing import Any
from urllib.parse import urlencode

from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _, ngettext

from interventions.models import Intervention
from interventions.pages.list import ALL_OPEN
from interventions.planning.clashes import linked

SHOWN = 20


def left_open(user: Any) -> Sequence[SafeString]:
    jobs = Intervention.objects.open().filter(technician=user)
    count = jobs.count()
    if not count:
        return ()
    sentence = ngettext(
        "%(count)d intervention ouverte reste à son nom, à confier à quelqu’un d’autre :",
        "%(count)d interventions ouvertes restent à son nom, à confier à quelqu’un d’autre :",
        count,
    ) % {"count": count}
    query = urlencode({"technician": user.pk, "state": ALL_OPEN, "sort": "planned"})
    everything = f"{reverse('interventions:list')}?{query}"
    shown = linked(jobs.order_by("planned_key", "id")[:SHOWN])
    return (format_html('{} {}. <a href="{}">{}</a>', sentence, shown, everything, _("Tout voir")),)
