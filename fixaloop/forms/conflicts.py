"""Two people on one form: what the second one is shown, so that saving again is done knowingly."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.forms import BaseForm, BoundField
from django.utils import timezone
from django.utils.formats import date_format

from fixaloop.records.history import Change


def tell_conflict(form: BaseForm, theirs: BaseForm, version: int, last: Change) -> dict[str, Any]:
    """The context of components/conflict.html; the form then holds the version it would replace."""
    typed: Any = form.data.copy()  # type: ignore[attr-defined]
    typed["version"] = str(version)
    form.data = typed
    differences = [
        {"label": field.label, "mine": _shown(field), "theirs": _shown(theirs[field.name])}
        for field in form.visible_fields()
        if field.name in theirs.initial and _shown(field) != _shown(theirs[field.name])
    ]
    return {"conflict": {"by": last.by, "at": last.at, "changes": differences}}


def _day(field: forms.DateField | forms.DateTimeField, value: Any) -> str:
    """A day or an instant as one writes it; what is none as it was typed."""
    try:
        found: Any = field.to_python(value)
    except ValidationError:
        return str(value)
    if isinstance(found, datetime):
        return date_format(timezone.localtime(found), "SHORT_DATETIME_FORMAT")
    return date_format(found, "SHORT_DATE_FORMAT") if found else ""


def _shown(field: BoundField) -> str:
    value = field.value()
    if isinstance(field.field, forms.DateField | forms.DateTimeField):
        return _day(field.field, value)
    choices = {str(key): label for key, label in getattr(field.field, "choices", ())}
    return str(choices.get(str(value), value) if value not in (None, "") else "")
