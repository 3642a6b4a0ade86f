"""Why a list is empty: which filter hides what, and the way out."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from django.utils.translation import gettext as _

from fixaloop.lists.counting import capped_count, say_count

if TYPE_CHECKING:
    from fixaloop.lists.page import ListPage


@dataclass(frozen=True)
class Culprit:
    """A filter whose removal alone brings rows back."""

    label: str
    remove_url: str
    count_text: str


@dataclass(frozen=True)
class Emptiness:
    """What an empty list says and offers."""

    kind: str
    title: str
    text: str
    culprits: list[Culprit] = field(default_factory=list)
    action_url: str | None = None
    action_label: str = ""


def explain_emptiness(page: ListPage) -> Emptiness:
    """Say why nothing is shown. Costs one capped count a filter, and only where nothing was found."""
    if not page.filterset.is_valid():
        return Emptiness("filtered", _("Un filtre n’a pas de sens"), _("Corrigez-le ou retirez-le pour voir la liste."))
    if not page.filterset.active:
        text = _("La liste se remplira ici.")
        return Emptiness("nothing", page.noun_count("0", 0), text, [], page.new_url, page.new_label)
    without_filters = page.unfiltered_count
    text = _("%(count)s sans les filtres.") % {"count": page.noun_count(say_count(without_filters), without_filters)}
    return Emptiness("filtered", _("Aucun résultat"), text, _culprits(page), page.clear_url, _("Tout effacer"))


def _culprits(page: ListPage) -> list[Culprit]:
    found = []
    tokens = page.tokens
    for token in tokens:
        count = page.unfiltered_count if len(tokens) == 1 else capped_count(page.filterset.without(token.name))
        if count:
            label = _("%(filter)s : %(value)s") % {"filter": token.label, "value": token.value}
            found.append(Culprit(label, token.remove_url, page.noun_count(say_count(count), count)))
    return found
