"""The forms of a client and of a model for similar ones in Django's admin."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _

from clients.models import Client
from clients.pages.forms import ClientForm
from clients.presets.pages import ClientTemplateForm


class ClientAdminForm(ClientForm):
    """The form of the pages, with the admin's own way of choosing a company."""

    company = None  # type: ignore[assignment]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, may_force="status_mode" in self.base_fields, **kwargs)

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        # The row stays locked until the admin's transaction ends: nobody can come between this and the save.
        stored = Client.objects.select_for_update(of=("self",)).filter(pk=self.instance.pk).first()
        if stored and cleaned.get("version") not in (None, stored.version):
            self.add_error(
                None,
                _(
                    "Ce client a été modifié par quelqu’un d’autre depuis l’ouverture de cette page : rouvrez-la pour"
                    " voir ce qui a changé, puis refaites vos modifications."
                ),
            )
        return cleaned


class ClientTemplateAdminForm(ClientTemplateForm):
    """The form of the pages, with the admin's own way of choosing a company."""

    company = None

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, may_force="status_mode" in self.base_fields, **kwargs)
