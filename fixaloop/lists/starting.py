"""What an empty list offers beside its form: to import a file, and the blank spreadsheet for one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.urls import reverse
from django.utils.translation import gettext as _

from fixaloop.imports.kinds import allowed

if TYPE_CHECKING:
    from fixaloop.lists.page import ListPage

# Words and address.
Way = tuple[str, str]


def ways_to_fill(page: ListPage) -> list[Way]:
    """None for a list of part of the rows, one client’s for instance."""
    if page.kwargs or not page.has_all_rows:
        return []
    user: Any = page.request.user
    kinds = [kind for kind, importer in allowed(user).items() if importer.model is page.model]
    return [way for kind in kinds for way in _ways(kind)]


def _ways(kind: str) -> tuple[Way, ...]:
    return (
        (_("Importer un fichier"), f"{reverse('imports:new')}?kind={kind}"),
        (_("Modèle de fichier à remplir"), reverse("imports:blank", args=[kind])),
    )
