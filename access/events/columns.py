"""The columns of a file of events, as far as somebody may see what they name."""

from __future__ import annotations

from access.events.cells import Sight, anomaly_labels, presented, reason_labels, text_of, title
from access.models import Event
from fixaloop.files.columns import FileColumn
from fixaloop.words.people import person_name


def export_columns(sight: Sight) -> tuple[FileColumn, ...]:
    """The columns for somebody's eyes; all of them for who sees everything."""
    seen = {"client": sight.clients, "card": sight.cards, "vehicle": sight.vehicles}
    return tuple(column for column in _columns(sight) if seen.get(column.seen_with, True))


def _columns(sight: Sight) -> tuple[FileColumn, ...]:
    return (
        FileColumn("Date", lambda event, at: event.at, 18),
        FileColumn("Type", lambda event, at: event.get_kind_display(), 12),
        FileColumn("Événement", lambda event, at: title(event, sight), 36),
        FileColumn("Client", lambda event, at: event.client.reference if event.client else "", 14, seen_with="client"),
        FileColumn(
            "Nom du client", lambda event, at: event.client.name if event.client else "", 28, seen_with="client"
        ),
        FileColumn("Carte", lambda event, at: event.card.username if event.card else "", 20, seen_with="card"),
        FileColumn("Véhicule", _plate, 16, seen_with="vehicle"),
        FileColumn("Appareil", lambda event, at: event.device.name if event.device else "", 20),
        FileColumn("Zone", lambda event, at: event.zone.name if event.zone else "", 20),
        FileColumn("Sens", lambda event, at: event.get_direction_display(), 10),
        FileColumn("Motifs", lambda event, at: ", ".join(reason_labels(event)), 32),
        FileColumn("Anomalies", lambda event, at: ", ".join(anomaly_labels(event)), 32),
        FileColumn("Présenté", lambda event, at: presented(event), 20, seen_with="card"),
        FileColumn("Texte", lambda event, at: text_of(event, sight), 36),
        FileColumn("Tags", lambda event, at: ", ".join(tag.name for tag in event.tags.all()), 20),
        FileColumn("Par", lambda event, at: person_name(event.actor) if event.actor else "", 20),
    )


def _plate(event: Event, at: object) -> str:
    return event.vehicle.plate_display if event.vehicle else ""
