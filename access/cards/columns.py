"""The columns of a file of cards, for exports and imports. Codes are imported only: Fixaloop keeps but their hashes."""

from dataclasses import replace
from functools import partial

from django.core.exceptions import ValidationError
from django.utils.translation import gettext, gettext_lazy as _

from access.gate.codes import digest, qr_text
from access.hours import show_hours
from access.models import AccessCard, CardStatus, Zone
from access.models.cards import CARD_STATES
from access.periods import parse_periods
from access.shared.files import TAGS, split_zones
from access.typed import parse_kind
from clients.imports.owner_columns import OWNER
from fixaloop.files.columns import FileColumn
from fixaloop.forms.parsing import refuse_ruined
from fixaloop.imports.cells import NO, YES, parse_date, spellings
from fixaloop.words.text import clean, normalise

STATUSES = {
    **dict.fromkeys(("actif", "active", "en service", "valide", "valable"), "active"),
    # Said of an active card by the calendar or its client, which say it again.
    **dict.fromkeys(("expiree", "expire", "expired", "pas encore valable", "a venir", "upcoming"), "active"),
    **dict.fromkeys(("client inactif", "inactive client"), "active"),
    **dict.fromkeys(YES, "active"),
    **dict.fromkeys(NO, "suspended"),
    **dict.fromkeys(
        ("suspendue", "suspendu", "suspended", "desactivee", "desactive", "inactif", "inactive", "bloquee", "disabled"),
        "suspended",
    ),
    **dict.fromkeys(("perdue", "perdu", "lost", "volee"), "lost"),
    **dict.fromkeys(("revoquee", "revoque", "revoked", "annulee", "supprimee"), "revoked"),
}
SHORTEST_CODE = 8
MOST_VISITS = 1_000
ONE_INSIDE = spellings(Zone.AntiPassback.choices)


def _parse_status(text: str) -> str:
    said = normalise(text)
    if status := STATUSES.get(said) or STATUSES.get(f"{said}e"):
        return status
    raise ValidationError(_("Statuts possibles : active, suspendue, perdue, révoquée."))


def _parse_code(text: str) -> str:
    if len(text) < SHORTEST_CODE:
        raise ValidationError(_("Ce code QR est trop court pour ne pas être deviné : 8 caractères au moins."))
    message = gettext(
        "« %(value)s » est un nombre abîmé par le tableur : recopiez le code dans une cellule au format Texte."
    )
    refuse_ruined(text, message)
    return digest(qr_text(text))


def _parse_one_inside(text: str) -> str:
    if mode := ONE_INSIDE.get(normalise(text)):
        return mode
    raise ValidationError(_("Valeurs possibles : Aucun contrôle, Signaler, Refuser."))


def _parse_visits(text: str) -> int:
    if text.isascii() and text.isdigit() and 1 <= int(text) <= MOST_VISITS:
        return int(text)
    raise ValidationError(_("Un nombre de visites, de 1 à 1000."))


# `optional` only where a blank opens no gate wider.
COLUMNS: tuple[FileColumn, ...] = (
    FileColumn(
        "Nom d’utilisateur",
        width=20,
        name="username",
        others=("Nom d'utilisateur", "Utilisateur", "Username", "Login", "User name"),
        help=_("Obligatoire : ce qui désigne la carte au comptoir ; deux cartes n’ont pas le même."),
        example="marie.curie",
    ),
    FileColumn(
        "Type",
        lambda card, at: card.get_kind_display(),
        14,
        name="kind",
        others=("Type de carte", "Kind", "Card type"),
        help=_("QR statique ou Badge. Vide : Badge si le numéro de badge est rempli."),
        example="Badge",
        choices=lambda: [str(label) for label in AccessCard.Kind.labels],
        read=parse_kind,
    ),
    FileColumn(
        "N° de badge",
        width=16,
        name="badge_number",
        others=("N° carte", "Numéro de carte", "N° badge", "Badge", "UID", "Card number"),
        help=_("Obligatoire pour un badge : tel qu’il est imprimé, zéros de tête compris."),
        example="0004A2B9C1",
    ),
    FileColumn(
        "Code QR statique",
        name="qr_value",
        exported=False,
        others=("Code QR", "QR code", "QR", "QR statique"),
        help=_(
            "Le code imprimé par votre ancien système, 8 caractères au moins."
            " Vide pour une nouvelle carte : sans code pour l’instant."
        ),
        read=_parse_code,
    ),
    *OWNER,
    FileColumn(
        "Statut",
        lambda card, at: str(CARD_STATES[card.worth(at)]),
        16,
        name="status",
        others=("État", "Status", "Actif", "Active", "Activé", "Actif (oui/non)"),
        help=_("Active, Suspendue, Perdue ou Révoquée. Vide pour une nouvelle carte : Active."),
        example="Active",
        choices=lambda: [str(label) for label in CardStatus.labels],
        read=_parse_status,
    ),
    FileColumn(
        "Motif du statut",
        width=24,
        name="status_reason",
        others=("Motif", "Reason"),
        help=_("Pourquoi elle n’est plus active."),
        read=lambda text: text[:200],
        optional=True,
    ),
    FileColumn(
        "Valable du",
        width=12,
        name="valid_from",
        others=("Valide du", "Début", "Début de validité", "Valid from"),
        help=_("Le premier jour : 31/12/2025. Vide pour une nouvelle carte : aujourd’hui."),
        example="31/12/2025",
    ),
    FileColumn(
        "Valable au",
        width=12,
        name="valid_until",
        others=("Valide au", "Fin", "Fin de validité", "Expiration", "Valid until"),
        help=_("Le dernier jour, compris : 31/12/2026. Vide pour une nouvelle carte : sans fin."),
        example="31/12/2026",
    ),
    FileColumn(
        "Périodes",
        lambda card, at: card.periods_text,
        30,
        name="periods",
        others=("Autres périodes", "Periods"),
        help=_("Après « Valable au », à la minute près ; plusieurs séparées par |. Vide : aucune."),
        example="02/02/2027 08:00 – 06/02/2027 18:00",
        read=parse_periods,
    ),
    FileColumn(
        "Zones",
        lambda card, at: "" if card.everywhere else "|".join(zone.name for zone in card.zones.all()),
        28,
        name="zones",
        others=("Zone", "Accès", "Permissions"),
        help=_(
            "Plusieurs séparées par | ; celles qui manquent sont créées."
            " Vide pour une nouvelle carte : toutes les zones."
        ),
        example="Parking|Atelier",
        read=split_zones,
    ),
    FileColumn(
        "Horaires",
        lambda card, at: show_hours(card.hours),
        28,
        name="hours",
        others=("Plages horaires", "Hours"),
        help=_("lun-ven 08:00-18:00, sam 09:00-12:00. Vide pour une nouvelle carte : à toute heure."),
        example="lun-ven 08:00-18:00",
    ),
    replace(TAGS, example="VIP"),
    FileColumn(
        "Quand un autre du client est sur place",
        lambda card, at: card.get_one_inside_display(),
        20,
        name="one_inside",
        others=("One inside at a time",),
        help=_("Aucun contrôle, Signaler ou Refuser. Vide pour une nouvelle carte : Aucun contrôle."),
        choices=lambda: [str(label) for label in Zone.AntiPassback.labels],
        read=_parse_one_inside,
    ),
    FileColumn(
        "Visiteur",
        width=20,
        name="visitor",
        others=("Visitor",),
        help=_("Le nom d’un visiteur du client : la carte est son laissez-passer, avec ses heures et ses zones."),
        read=lambda text: clean(text)[:80],
        optional=True,
    ),
    FileColumn(
        "Valable de",
        width=18,
        name="starts_at",
        others=("Starts at",),
        help=_("Pour un visiteur, ou une carte qui commence dans la journée : 31/12/2025 09:00."),
        read=parse_date,
    ),
    FileColumn(
        "Valable jusqu’à",
        width=18,
        name="ends_at",
        others=("Valable jusqu'à", "Ends at"),
        help=_("Pour un visiteur, ou une carte qui finit dans la journée : 31/12/2025 18:00."),
        read=partial(parse_date, is_end=True),
    ),
    FileColumn(
        "Visites au plus",
        width=10,
        name="max_visits",
        others=("Max visits",),
        help=_("Pour un visiteur : 1 pour une seule fois. Vide : autant qu’il veut jusqu’à la fin."),
        read=_parse_visits,
    ),
    FileColumn("Visites", width=10, name="visits", computed=True),
    FileColumn("Passages", width=10, name="use_count", others=("Uses",), computed=True),
    FileColumn(
        "Dernier passage",
        lambda card, at: card.last_used_at if card.was_used else None,
        name="last_used_at",
        others=("Last used",),
        computed=True,
    ),
    FileColumn("Émise le", name="created_at", others=("Issued",), computed=True),
)
