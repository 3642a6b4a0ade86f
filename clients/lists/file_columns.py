"""The columns of a file of clients, for exports and imports (docs/rules.md, Import and export)."""

from datetime import datetime
from functools import lru_cache, partial
from typing import Any

from django.conf import settings
from django.utils.translation import get_language, gettext, gettext_lazy as _
from django_countries import countries

from clients.models import NEVER, Client
from clients.status import Status, explain
from clients.values.contacts import show_lines
from fixaloop.files.columns import FileColumn


def _explained(client: Client, at: datetime) -> Status:
    kept: Status | None = vars(client).get("explained")
    if kept is None:
        kept = vars(client)["explained"] = explain(client, at)
    return kept


@lru_cache(maxsize=16)
def _words(language: str) -> dict[str, dict[Any, str]]:
    """The words of each column that has few, translated once: a file asks for them a million times."""
    return {
        "kind": {code: str(label) for code, label in Client.Kind.choices},
        "language": {code: str(label) for code, label in Client.Language.choices},
        "channel": {code: str(label) for code, label in Client.Channel.choices},
        "payer": {code: str(label) for code, label in Client.Payer.choices},
        "country": {code: str(name) for code, name in countries},
        "inside": {True: gettext("oui"), False: gettext("non")},
        "card": {
            "active": gettext("valable"),
            "inactive": gettext("client inactif"),
            "upcoming": gettext("pas encore valable"),
            "suspended": gettext("suspendue"),
            "expired": gettext("expirée"),
            "lost": gettext("perdue"),
            "revoked": gettext("révoquée"),
            "none": gettext("aucune"),
        },
    }


def _word(column: str, value: Any) -> str:
    return _words(get_language() or "")[column].get(value, "")


def _last_visit(client: Client, at: datetime) -> datetime | None:
    return client.last_visit_at if client.last_visit_at > NEVER else None


def _others(text: str, country: str, *, emails: bool) -> str:
    return show_lines(text, country, emails=emails) if text else ""


# Headings are French in every language: a file exported by one person is imported by another.
_column = partial(FileColumn, width=16)
COLUMNS: tuple[FileColumn, ...] = (
    _column(
        "Identifiant",
        name="reference",
        help=_("Laissez vide pour un nouveau client ; CLT-001 pour mettre à jour celui-là."),
    ),
    _column(
        "Type",
        lambda client, at: _word("kind", client.kind),
        name="kind",
        help=_("Particulier ou Entreprise. Vide : Entreprise si la raison sociale est remplie."),
        example="Particulier",
        choices=lambda: [str(label) for label in Client.Kind.labels],
    ),
    _column(
        "Prénom",
        name="first_name",
        blankable=True,
        help=_("Obligatoire pour un particulier ; pour une entreprise, la personne à qui parler."),
        example="Marie",
    ),
    _column("Nom", name="last_name", blankable=True, help=_("Obligatoire pour un particulier."), example="Curie"),
    _column(
        "Raison sociale",
        width=32,
        name="company_name",
        blankable=True,
        help=_("Raison sociale ou nom commercial. Obligatoire pour une entreprise."),
        example="Garage du Port SARL",
    ),
    _column(
        "SIRET",
        name="siret",
        text=True,
        help=_("14 chiffres. Recommandé pour une entreprise ; un SIREN de 9 chiffres ne suffit pas."),
        example="732 829 320 00074",
        optional=True,
    ),
    _column(
        "E-mail",
        width=32,
        name="email",
        help=_("Une seule adresse. Recommandée : pour les messages, et pour envoyer une carte d’accès."),
        example="marie.curie@example.org",
        optional=True,
        spare="email_2",
    ),
    _column(
        "Téléphone",
        lambda client, at: client.phone_display,
        name="phone",
        text=True,
        help=_("Un seul numéro : 06 12 34 56 78, ou +32… à l’étranger."),
        example="06 39 98 00 01",
        optional=True,
        spare="phone_2",
    ),
    _column(
        "Autres téléphones",
        lambda client, at: _others(client.other_contacts, client.country_code, emails=False),
        width=32,
        name="other_phones",
        text=True,
        help=_("Séparés par un point-virgule, chacun avec un libellé entre parenthèses si besoin."),
        example="06 39 98 00 02 (bureau) ; 06 39 98 00 03",
        optional=True,
    ),
    _column(
        "Autres e-mails",
        lambda client, at: _others(client.other_contacts, client.country_code, emails=True),
        width=32,
        name="other_emails",
        help=_("Séparés par un point-virgule, chacun avec un libellé entre parenthèses si besoin."),
        example="atelier@example.org (atelier)",
        optional=True,
    ),
    _column("Adresse", width=32, name="street", help=_("Numéro et rue."), example="12 rue de l’Église", optional=True),
    _column(
        "Complément",
        name="street_extra",
        help=_("Bâtiment, étage, boîte postale…"),
        example="Bâtiment B",
        optional=True,
        spare="street_3",
    ),
    _column(
        "Code postal",
        name="postal_code",
        text=True,
        help=_("5 chiffres en France, avec son zéro : 01000."),
        example="01000",
        optional=True,
    ),
    _column(
        "Ville",
        name="city",
        help=_("Vide : complétée quand le code postal n’a qu’une ville."),
        example="Bourg-en-Bresse",
        optional=True,
    ),
    _column(
        "Pays",
        lambda client, at: _word("country", client.country.code),
        name="country",
        help=_("Vide : France."),
        example="France",
        choices=lambda: [str(name) for _code, name in countries],
        optional=True,
    ),
    _column(
        "Entreprise",
        lambda client, at: client.company.reference if client.company else "",
        name="company",
        help=_("L’entreprise cliente de cette personne : référence, e-mail, SIRET ou nom."),
        example="CLT-007",
        optional=True,
    ),
    _column(
        "Payeur",
        lambda client, at: _word("payer", client.payer) if client.company else "",
        name="payer",
        help=_("Qui paie pour un membre d’une entreprise. Vide : l’entreprise."),
        example="Son entreprise",
        choices=lambda: [str(label) for label in Client.Payer.labels],
        blankable=True,
    ),
    _column(
        "Payeur depuis",
        name="payer_since",
        help=_("Le premier jour où il paie ; avant, c’est l’autre. Vide : depuis toujours."),
        example="01/03/2026",
        blankable=True,
    ),
    _column(
        "Langue",
        lambda client, at: _word("language", client.language),
        name="language",
        help=_("La langue des messages. Vide : français."),
        example="Français",
        choices=lambda: [str(label) for code, label in Client.Language.choices if code in dict(settings.LANGUAGES)],
        optional=True,
    ),
    _column(
        "Canal préféré",
        lambda client, at: _word("channel", client.channel),
        name="channel",
        help=_("Comment il préfère être joint. Vide : sans préférence."),
        example="E-mail",
        choices=lambda: [str(label) for label in Client.Channel.labels],
        optional=True,
    ),
    _column(
        "Sans messages",
        lambda client, at: _word("inside", client.no_messages),
        name="no_messages",
        help=_("Oui s’il ne veut pas de messages. Vide : non."),
        example="non",
        choices=lambda: [gettext("oui"), gettext("non")],
        optional=True,
    ),
    _column(
        "Abonné du",
        name="subscribed_from",
        help=_("Le premier jour de son abonnement. Vide : depuis toujours."),
        example="01/01/2026",
        blankable=True,
    ),
    _column(
        "Abonné jusqu’au",
        name="subscribed_until",
        help=_("Le dernier jour de son abonnement : jusque-là, ses visites ne coûtent rien."),
        example="31/12/2026",
        blankable=True,
    ),
    _column("Statut", lambda client, at: _explained(client, at).label, name="status", computed=True),
    _column(
        "Motif du statut",
        lambda client, at: _explained(client, at).reason,
        width=32,
        name="status_reason",
        computed=True,
    ),
    _column("Dernière visite", _last_visit, name="last_visit", computed=True),
    _column(
        "Sur place", lambda client, at: _word("inside", client.inside_since is not None), name="inside", computed=True
    ),
    _column(
        "Description",
        width=40,
        name="description",
        help=_("Ce qu’il faut savoir de ce client."),
        example="Préfère les messages au téléphone",
        optional=True,
    ),
    _column(
        "Référence externe",
        name="external_reference",
        text=True,
        help=_("Son numéro dans votre ancien logiciel ; deux clients n’ont pas le même."),
        example="411DUPONT",
        optional=True,
    ),
    _column(
        "Créé le",
        name="created_at",
        help=_("Client depuis : 31/12/2025. Lu pour les nouveaux clients seulement."),
        example="31/12/2025",
        optional=True,
    ),
    _column("Revu le", lambda client, at: client.reviewed_at, name="reviewed_at", computed=True),
    _column("Interventions en cours", name="open_interventions", computed=True),
    _column(
        "Carte d’accès",
        lambda client, at: _word("card", client.card_worth),
        name="card",
        computed=True,
    ),
)
