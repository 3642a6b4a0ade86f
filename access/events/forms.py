"""The form of a note on a client's timeline."""

from __future__ import annotations

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from access.services.events import LONGEST_TEXT
from clients.models import Client
from clients.pages.picker import ClientField
from clients.services import anonymized
from fixaloop.forms.submissions import SubmissionField
from fixaloop.forms.tidy import TidyForm


class NoteForm(TidyForm, forms.Form):
    """A remark, for good: events are never changed."""

    client = ClientField(label=_("Client"))
    text = forms.CharField(label=_("Note"), max_length=LONGEST_TEXT, help_text=_("Elle ne pourra pas être modifiée."))
    submission = SubmissionField()

    def clean_client(self) -> Client:
        """Whose timeline it is; nothing new is told of who was anonymised."""
        client: Client = self.cleaned_data["client"]
        if client.anonymized_at:
            raise ValidationError(anonymized(client))
        return client
