"""A creation form sent twice creates once."""

import json
import uuid
from collections.abc import Callable
from typing import Any

from django import forms
from django.db import IntegrityError, models, transaction
from django.http import QueryDict

from fixaloop.models import Submission

NAME = "submission"


class SubmissionInput(forms.HiddenInput):
    """The mark of a form, with the token of all that was sent in it."""

    def value_from_datadict(self, data: Any, files: Any, name: str) -> tuple[Any, uuid.UUID | None]:
        return data.get(name), token_of(data)


class SubmissionField(forms.UUIDField):
    """The hidden field, named `submission`, that tells one sending from the next; scripts may leave it out."""

    def __init__(self) -> None:
        super().__init__(required=False, widget=SubmissionInput, initial=uuid.uuid4)

    def clean(self, value: tuple[Any, uuid.UUID | None]) -> uuid.UUID | None:
        """The token of what was sent; the mark itself must be one."""
        mark, token = value
        super().clean(mark)
        return token

    def bound_data(self, data: tuple[Any, uuid.UUID | None], initial: Any) -> Any:
        """The mark: a form that is shown again keeps its own."""
        return data[0]


def token_of(sent: QueryDict) -> uuid.UUID | None:
    """What tells one sending of a form from others: the form, and all that was typed in it.

    Back brings the same form again: filled with something else, it is to create something else.
    """
    try:
        form = uuid.UUID(str(sent.get(NAME, "")))
    except ValueError:
        return None
    typed = sorted((name, values) for name, values in sent.lists() if name not in (NAME, "csrfmiddlewaretoken"))
    return uuid.uuid5(form, json.dumps(typed))


def already_created(sent: QueryDict) -> str:
    """The address of what this form created when it was sent before; nothing for one sent the first time.

    Asked where what was sent is refused, or before it is checked: what it created would stand in its own way.
    """
    token = token_of(sent)
    if token is None:
        return ""
    return Submission.objects.filter(token=token).values_list("url", flat=True).first() or ""


def forget(url: str) -> None:
    """Let the form that created this page create again: what it created is deleted."""
    Submission.objects.filter(url=url).delete()


def page_of(row: Any) -> str:
    return str(row.get_absolute_url())


def submit_once(
    token: uuid.UUID | None,
    user: Any,
    create: Callable[[], models.Model],
    address: Callable[[Any], str] = page_of,
) -> str:
    """Call `create` unless this token already has, and return the `address` of what was created.

    If `create` raises, the token is taken back with it, so a corrected form may be sent again.
    """
    if token is None:
        return address(create())
    with transaction.atomic():
        try:
            with transaction.atomic():
                submission = Submission.objects.create(token=token, user=user)
        except IntegrityError:
            return Submission.objects.values_list("url", flat=True).get(token=token)
        submission.url = address(create())
        submission.save(update_fields=["url"])
    return submission.url
