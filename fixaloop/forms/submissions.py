"""Forms sent twice, which create once, and forms sent from a stale page, which show what somebody else saved."""

import json
import uuid
from collections.abc import Callable
from datetime import datetime, time
from typing import Any, ClassVar

from django import forms
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.forms import BaseForm, BoundField
from django.http import QueryDict
from django.utils import timezone
from django.utils.formats import date_format, time_format

from fixaloop.forms.fields import DayField, MomentField, NamingForm
from fixaloop.forms.parsing import Reading
from fixaloop.models import Submission
from fixaloop.records.history import author_of

NAME = "submission"
DATED = (forms.DateField, forms.DateTimeField, forms.TimeField, DayField, MomentField)


class SubmissionInput(forms.HiddenInput):
    """The id of a form, with the token of all that was sent in it."""

    def value_from_datadict(self, data: Any, files: Any, name: str) -> tuple[Any, uuid.UUID | None]:
        return data.get(name), token_of(data)

    def get_context(self, name: str, value: Any, attrs: dict[str, Any] | None) -> dict[str, Any]:
        """Without an id: a page has one of them in each of its forms."""
        return super().get_context(name, value, {})


class SubmissionField(forms.UUIDField):
    """The hidden field `submission`, which tells one sending from the next; scripts may leave it out."""

    def __init__(self) -> None:
        super().__init__(required=False, widget=SubmissionInput, initial=uuid.uuid4)

    def clean(self, value: tuple[Any, uuid.UUID | None]) -> uuid.UUID | None:
        form_id, token = value
        super().clean(form_id)
        return token

    def bound_data(self, data: tuple[Any, uuid.UUID | None], initial: Any) -> Any:
        return data[0]


class SubmissionForm(forms.Form):
    """What a page sends whose other fields it writes itself."""

    submission = SubmissionField()


class TypedForm(NamingForm, forms.ModelForm):
    """A form whose values are read by the rules that pages, admin and imports share."""

    def typed(self, *names: str) -> dict[str, str]:
        return {name: str(self.cleaned_data[name] or "") for name in names if name in self.cleaned_data}

    def take(self, reading: Reading) -> None:
        """Use what those rules made of the typed values, except where a field already has an error."""
        self.cleaned_data |= reading.values
        for name, errors in reading.errors.items():
            if name not in self.errors:
                self.add_error(name, errors)


class VersionedForm(TypedForm):
    """A form that creates its object once, and changes it only at the version that was shown."""

    version = forms.IntegerField(required=False, widget=forms.HiddenInput)
    submission = SubmissionField()

    # Fields that only a new object has.
    new_only: ClassVar[tuple[str, ...]] = ("submission",)
    # What somebody else changed meanwhile.
    conflict: dict[str, Any] | None = None

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.pk:
            self.initial["version"] = self.instance.version
            for name in self.new_only:
                self.fields.pop(name, None)


def token_of(sent: QueryDict) -> uuid.UUID | None:
    """Identifies one sending of a form by the form's id and all that was typed in it.

    The browser's Back shows the same form again: filled with something else, it creates something else.
    """
    try:
        form = uuid.UUID(str(sent.get(NAME, "")))
    except ValueError:
        return None
    typed = sorted((name, values) for name, values in sent.lists() if name not in (NAME, "csrfmiddlewaretoken"))
    return uuid.uuid5(form, json.dumps(typed))


def already_created(sent: QueryDict) -> str:
    """The page of what this form created when it was sent before, or an empty text.

    To ask before the form is checked, or when it is refused: what it created would stand in its own way.
    """
    token = token_of(sent)
    if token is None:
        return ""
    return Submission.objects.filter(token=token).values_list("url", flat=True).first() or ""


def forget(url: str) -> None:
    """Let the form that created a page create again, once what it created is deleted."""
    Submission.objects.filter(url=url).delete()


def page_of(row: Any) -> str:
    return str(row.get_absolute_url())


def submit_once(
    token: uuid.UUID | None, user: Any, create: Callable[[], Any], address: Callable[[Any], str] = page_of
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


def tell_conflict(form: BaseForm, theirs: forms.ModelForm) -> dict[str, Any]:
    """The context of components/conflict.html: what differs between a stale form and `theirs`, the stored one."""
    changes = differences(form, theirs)
    hold_version(form, theirs.instance.version)
    last = theirs.instance.history.select_related("history_user").first()
    said = {"by": author_of(last), "at": last.history_date} if last else {}
    return {"conflict": {**said, "changes": changes}}


def differences(form: BaseForm, theirs: BaseForm) -> list[dict[str, Any]]:
    return [
        {"label": field.label, "mine": _shown(field), "theirs": _shown(theirs[field.name])}
        for field in form.visible_fields()
        if field.name in theirs.initial and _shown(field) != _shown(theirs[field.name])
    ]


def hold_version(form: BaseForm, version: int | str) -> None:
    """Let a stale form replace what is stored when it is sent again, now knowingly."""
    typed: Any = form.data.copy()  # type: ignore[attr-defined]
    typed["version"] = str(version)
    form.data = typed


def _shown(field: BoundField) -> str:
    value = field.value()
    if isinstance(field.field, DATED):
        return _said(field.field, value)
    choices = {str(key): label for key, label in getattr(field.field, "choices", ())}
    return str(choices.get(str(value), value) if value not in (None, "") else "")


def _said(field: forms.Field, value: Any) -> str:
    """A day, an hour or a moment as people write it; what is none, as it was typed."""
    try:
        found = field.clean(value)
    except ValidationError:
        return str(value or "")
    if isinstance(found, datetime):
        return date_format(timezone.localtime(found), "SHORT_DATETIME_FORMAT")
    if isinstance(found, time):
        return time_format(found)
    return date_format(found, "SHORT_DATE_FORMAT") if found else ""
