"""How complete a client is: what is recommended, what it is good for, what is missing."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.translation import gettext as _

from clients.models import Client


@dataclass(frozen=True)
class Missing:
    """Something recommended that the client lacks."""

    label: str
    why: str


@dataclass(frozen=True)
class Completeness:
    """The share of recommended values a client has, in per cent, and those it lacks."""

    percent: int
    missing: list[Missing]


def completeness(client: Client) -> Completeness:
    """How complete a client is. What is recommended never blocks."""
    wanted = [
        (
            client.email,
            Missing(_("E-mail"), _("pour écrire au client et lui envoyer sa carte d’accès")),
        ),
        (
            client.phone,
            Missing(_("Téléphone"), _("pour l’appeler quand sa réparation est prête")),
        ),
    ]
    if client.is_company:
        wanted.append((client.siret, Missing(_("SIRET"), _("pour facturer le bon établissement"))))
    missing = [gap for value, gap in wanted if not value]
    return Completeness(round(100 * (len(wanted) - len(missing)) / len(wanted)), missing)
