"""How saved views of lists are given back."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from fixaloop.forms.undo import Undo
from fixaloop.lists.models import SavedView
from fixaloop.lists.saved import rename, require_change, restore
from fixaloop.records.refusal import Stale


def _unsave(values: Mapping[str, Any], *, by: Any, at: datetime) -> None:
    view = _found(values, by, query=values["query"])
    if values["before"] is None:
        view.delete()
    else:
        view.query = values["before"]
        view.save(update_fields=["query"])


def _rename_back(values: Mapping[str, Any], *, by: Any, at: datetime) -> None:
    rename(_found(values, by, name=values["name"]), values["before"])


def _restore(values: Mapping[str, Any], *, by: Any, at: datetime) -> None:
    restore(values["list"], values["name"], values["query"], for_all=values["for_all"], by=by)


def _found(values: Mapping[str, Any], by: Any, **same: Any) -> SavedView:
    view = SavedView.objects.filter(pk=values["view"], **same).first()
    if view is None:
        raise Stale
    require_change(view, by)
    return view


SAVED = Undo("view-saved", _unsave)
RENAMED = Undo("view-renamed", _rename_back)
DELETED = Undo("view-deleted", _restore)
UNDOS = (SAVED, RENAMED, DELETED)
