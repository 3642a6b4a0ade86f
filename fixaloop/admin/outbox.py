"""The outbox in Django's admin: what was sent, what waits, what failed and what nobody knows."""

from typing import Any

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext_lazy, ngettext

from fixaloop.admin.versioned import ReadOnlyAdmin
from fixaloop.notices.outbox import send_again


class LetterAdmin(ReadOnlyAdmin):
    """Nobody changes a letter. One that failed, or whose sending is uncertain, is sent again if somebody says so."""

    list_display = ("key", "holder", "state", "attempts", "next_at", "ended_at", "error")
    list_filter = ("state", "kind")
    sortable_by = ()
    actions = ("send_again",)

    @admin.action(description=gettext_lazy("Renvoyer (échecs et envois incertains)"), permissions=["resend"])
    def send_again(self, request: HttpRequest, queryset: QuerySet[Any]) -> None:
        count = send_again(queryset, timezone.now())
        text = ngettext("%(count)d e-mail sera renvoyé.", "%(count)d e-mails seront renvoyés.", count)
        self.message_user(request, text % {"count": count}, messages.SUCCESS if count else messages.WARNING)

    def has_resend_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("fixaloop.change_letter")
