"""A creation form sent twice creates once."""

import uuid
from collections.abc import Callable

from django import forms
from django.contrib.auth.models import AbstractBaseUser
from django.db import IntegrityError, models, transaction

from fixaloop.models import Submission


class SubmissionField(forms.UUIDField):
    """The hidden field that tells one filled form from the next; scripts may leave it out."""

    def __init__(self) -> None:
        super().__init__(required=False, widget=forms.HiddenInput, initial=uuid.uuid4)


def submit_once(token: uuid.UUID | None, user: AbstractBaseUser, create: Callable[[], models.Model]) -> str:
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
