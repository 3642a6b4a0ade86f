"""The columns of a file of vehicles, for exports and imports."""

from dataclasses import replace

from django.utils.translation import gettext as now, gettext_lazy as _
from django_countries import countries

from access.hours import parse_hours, show_hours
from access.shared.files import TAGS, split_zones, written_day
from access.typed import parse_last_day
from clients.imports.owner_columns import OWNER
from fixaloop.files.columns import FileColumn
from fixaloop.imports.cells import parse_yes_no

# `optional` only where a blank opens no gate wider.
COLUMNS: tuple[FileColumn, ...] = (
    FileColumn(
        "Immatriculation",
        lambda vehicle, at: vehicle.plate_display,
        16,
        name="plate",
        others=(
            *("Plaque", "N° d'immatriculation", "N° immatriculation", "Numéro d'immatriculation", "Immat", "N° plaque"),
            *("Licence plate", "License plate", "Plate", "Registration"),
        ),
        help=_("Obligatoire : AB-123-CD, ou 1234 AB 75 avant 2009 ; une plaque étrangère telle quelle."),
        example="AB-123-CD",
    ),
    FileColumn(
        "Pays",
        lambda vehicle, at: vehicle.country.code,
        8,
        name="country",
        others=("Country",),
        help=_("Celui de la plaque. Vide : France."),
        example="France",
        choices=lambda: [str(name) for _code, name in countries],
    ),
    FileColumn(
        "Marque",
        name="make",
        others=("Make", "Constructeur"),
        help=_("Renault, Peugeot…"),
        example="Renault",
        optional=True,
    ),
    FileColumn("Modèle", name="model", others=("Model",), help=_("Clio, Kangoo…"), example="Kangoo", optional=True),
    FileColumn(
        "Année",
        width=8,
        name="year",
        others=("Year", "Année de mise en circulation"),
        help=_("Quatre chiffres."),
        example="2021",
        optional=True,
    ),
    FileColumn(
        "Couleur",
        width=14,
        name="color",
        others=("Color", "Colour"),
        help=_("En un mot ou deux."),
        example="Blanc",
        optional=True,
    ),
    *OWNER,
    replace(TAGS, example="PMR|VIP"),
    FileColumn(
        "En circulation",
        lambda vehicle, at: now("oui") if vehicle.is_active else now("non"),
        14,
        name="is_active",
        others=("Actif", "Active"),
        help=_("oui, ou non pour un véhicule vendu ou détruit. Vide pour un nouveau véhicule : oui."),
        example="oui",
        choices=lambda: [now("oui"), now("non")],
        read=parse_yes_no,
    ),
    FileColumn(
        "Toutes les zones",
        lambda vehicle, at: now("oui") if vehicle.everywhere else now("non"),
        14,
        name="everywhere",
        others=("Everywhere",),
        help=_("oui si le véhicule ouvre toutes les zones, quelles que soient les cartes de son client."),
        read=parse_yes_no,
        optional=True,
    ),
    FileColumn(
        "Zones",
        lambda vehicle, at: "|".join(zone.name for zone in vehicle.zones.all()),
        28,
        name="zones",
        others=("Zones du véhicule", "Zone"),
        help=_("Celles que le véhicule ouvre lui-même, séparées par | ; celles qui manquent sont créées."),
        example="Parking P1",
        read=split_zones,
        optional=True,
    ),
    FileColumn(
        "Horaires",
        lambda vehicle, at: show_hours(vehicle.hours),
        28,
        name="hours",
        others=("Plages horaires", "Hours"),
        help=_("Ceux du droit du véhicule : lun-ven 08:00-18:00. Vide : à toute heure."),
        example="lun-ven 08:00-18:00",
        read=parse_hours,
    ),
    FileColumn(
        "Ouvre jusqu’au",
        width=14,
        name="valid_until",
        others=("Ouvre jusqu'au", "Valable au", "Valid until"),
        help=_("Le dernier jour du droit du véhicule, compris. Vide : sans fin."),
        example="31/12/2026",
        read=lambda text: parse_last_day(written_day(text, is_end=True)),
    ),
    FileColumn("Créé le", name="created_at", others=("Created at",), computed=True),
)
