"""Two people on one form: what the second one is shown, so that saving again is done knowingly."""

from __future__ import annotations

from typing import Any

from django.forms import BaseForm, BoundField

from fixaloop.history import Change


def tell_conflict(form: BaseForm, theirs: BaseForm, version: int, last: Change) -> dict[str, Any]:
    """The context of components/conflict.html; the form then holds the version it would replace."""
    typed: Any = form.data.copy()  # type: ignore[attr-defined]
    typed["version"] = str(version)
    form.data = typed
    differences = [
        {"label": field.label, "mine": _shown(field), "theirs": _shown(theirs[field.name])}
        for field in form.visible_fields()
        if field.name in theirs.fields and _shown(field) != _shown(theirs[field.name])
    ]
    return {"conflict": {"by": last.by, "at": last.at, "changes": differences}}


def _shown(field: BoundField) -> str:
    value = field.value()
    choices = {str(key): label for key, label in getattr(field.field, "choices", ())}
    return str(choices.get(str(value), value) if value not in (None, "") else "")
