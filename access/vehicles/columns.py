"""The columns of a file of vehicles."""

from __future__ import annotations

from django.utils.translation import gettext as _

from fixaloop.exports import ExportColumn

EXPORT_COLUMNS = (
    ExportColumn("Immatriculation", lambda vehicle, at: vehicle.plate_display, 16),
    ExportColumn("Pays", lambda vehicle, at: vehicle.country.code, 8),
    ExportColumn("Marque", lambda vehicle, at: vehicle.make, 18),
    ExportColumn("Modèle", lambda vehicle, at: vehicle.model, 18),
    ExportColumn("Année", lambda vehicle, at: vehicle.year, 8),
    ExportColumn("Couleur", lambda vehicle, at: vehicle.color, 14),
    ExportColumn("Client", lambda vehicle, at: vehicle.client.reference, 14, "client"),
    ExportColumn("Nom du client", lambda vehicle, at: vehicle.client.name, 28, "client"),
    ExportColumn("Tags", lambda vehicle, at: "|".join(tag.name for tag in vehicle.tags.all()), 24),
    ExportColumn("En circulation", lambda vehicle, at: _("oui") if vehicle.is_active else _("non"), 14),
    ExportColumn("Créé le", lambda vehicle, at: vehicle.created_at, 18),
)
