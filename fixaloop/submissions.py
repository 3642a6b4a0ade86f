"""A creation form sent twice creates once."""

import uuid
from collections.abc import Callable, Mapping
from typing import Any

from django import forms
from django.db import IntegrityError, models, transaction

from fixaloop.models import Submission


class SubmissionField(forms.UUIDField):
    """The hidden field that tells one filled form from the next; scripts may leave it out."""

    def __init__(self) -> None:
        super().__init__(required=False, widget=forms.HiddenInput, initial=uuid.uuid4)


def already_created(sent: Mapping[str, Any]) -> str:
    """The address of what this form created when it was sent before; nothing for one sent the first time.

    Asked before what was sent is checked: what it created would stand in its own way.
    """
    try:
        token = uuid.UUID(str(sent.get("submission", "")))
    except ValueError:
        return ""
    return Submission.objects.filter(token=token).values_list("url", flat=True).first() or ""


def submit_once(token: uuid.UUID | None, user: Any, create: Callable[[], models.Model]) -> str:
    """Call `create` unless this token already has, and return the address of the page of what was created.

    What `create` raises takes the token back with it, so a corrected form may be sent again.
    """
    if token is None:
        return create().get_absolute_url()  # type: ignore[attr-defined]
    with transaction.atomic():
        try:
            with transaction.atomic():
                submission = Submission.objects.create(token=token, user=user)
        except IntegrityError:
            return Submission.objects.values_list("url", flat=True).get(token=token)
        submission.url = create().get_absolute_url()  # type: ignore[attr-defined]
        submission.save(update_fields=["url"])
    return submission.url
