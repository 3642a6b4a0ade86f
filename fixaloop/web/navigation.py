"""The menu: the pages that a person may open, in the order of a working day."""

from dataclasses import dataclass, replace
from typing import Any

from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext_lazy as _


@dataclass(frozen=True)
class Link:
    """A page of the menu; `primary` ones fit a phone's bar."""

    label: Any
    url_name: str
    # Or several: one is enough.
    permission: str | tuple[str, ...]
    icon: str
    primary: bool = False
    url: str = ""
    current: bool = False


@dataclass(frozen=True)
class Group:
    """Links under a heading, or under none. A folded one opens by itself where one of its links is current."""

    label: Any
    items: list[Link]
    folded: bool = False

    @property
    def is_open(self) -> bool:
        return any(link.current for link in self.items)


SET_UP_ONCE = _("Fichiers et réglages")
PAYMENTS = ("interventions.view_interventionpayment", "access.view_payment")
# Whoever sees a section of them.
VIEWS = ("clients.view_client", "interventions.view_intervention", "access.view_entry", "access.view_event")
REPORTS = (*VIEWS, *PAYMENTS)
GROUPS: tuple[tuple[Any, tuple[Link, ...]], ...] = (
    (
        "",
        (
            Link(_("Accueil"), "dashboard", "", "house", primary=True),
            Link(_("Clients"), "clients:list", "clients.view_client", "users", primary=True),
            Link(_("À revoir"), "clients:review-list", "clients.review_client", "clipboard-check"),
            Link(_("Interventions"), "interventions:list", "interventions.view_intervention", "wrench", primary=True),
            Link(_("Planning"), "interventions:planning", "interventions.view_intervention", "calendar"),
            Link(_("Paiements"), "payments:list", PAYMENTS, "banknote"),
            Link(_("Rapports"), "reports:page", REPORTS, "chart-column"),
        ),
    ),
    (
        _("Accès"),
        (
            Link(_("Contrôle"), "access:control", "access.use_control", "scan-line", primary=True),
            Link(_("Qui est là"), "access:occupancy", "access.view_entry", "users-round"),
            Link(_("Évacuation"), "access:evacuation", "access.mark_rollcall", "siren"),
            Link(_("Entrées"), "access:entries", "access.view_entry", "door-open"),
            Link(_("Cartes"), "access:cards", "access.view_accesscard", "id-card"),
            Link(_("Véhicules"), "access:vehicles", "access.view_vehicle", "car"),
            Link(_("Événements"), "access:events", "access.view_event", "list"),
        ),
    ),
    (
        SET_UP_ONCE,
        (
            Link(_("Mon entreprise"), "firm", "fixaloop.change_firm", "building-2"),
            Link(_("Comptes"), "accounts:list", "auth.change_user", "user-cog"),
            Link(_("Journal"), "journal", "fixaloop.view_auditentry", "scroll-text"),
            Link(_("Imports"), "imports:list", "fixaloop.view_importbatch", "upload"),
            Link(_("Exports"), "exports:list", "clients.export_client", "download"),
            Link(_("Qualité des fiches"), "clients:quality", "clients.change_client", "case-sensitive"),
            Link(_("Clients sans contact"), "clients:due", "clients.forget_client", "eye-off"),
            Link(_("Modèles de clients"), "clients:templates", "clients.view_clienttemplate", "copy-plus"),
            Link(_("Zones"), "access:zones", "access.view_zone", "map-pin"),
            Link(_("Calendrier"), "access:calendar", "access.view_specialday", "calendar-days"),
            Link(_("Tarifs"), "access:tariffs", "access.view_tariff", "coins"),
            Link(_("Appareils"), "access:devices", "access.view_device", "radio-tower"),
            Link(_("Tags"), "access:tags", "access.view_tag", "tag"),
        ),
    ),
)


def navigation(request: HttpRequest) -> dict[str, list[Group]]:
    user = getattr(request, "user", None)
    if user is None or not user.is_authenticated:
        return {"nav": []}
    allowed = [(label, [link for link in links if may_open(user, link)]) for label, links in GROUPS]
    urls = {link.url_name: reverse(link.url_name) for _label, links in allowed for link in links}
    # An address may lie below two links: the longer one is current.
    here = max((url for url in urls.values() if _is_at_or_below(request.path, url)), default="")
    groups = [
        Group(
            label,
            [replace(link, url=urls[link.url_name], current=urls[link.url_name] == here) for link in links],
            folded=label == SET_UP_ONCE,
        )
        for label, links in allowed
        if links
    ]
    return {"nav": groups}


def may_open(user: Any, link: Link) -> bool:
    rights = (link.permission,) if isinstance(link.permission, str) else link.permission
    return not link.permission or any(user.has_perm(right) for right in rights)


def _is_at_or_below(path: str, url: str) -> bool:
    return path == url or (url != "/" and path.startswith(url))
