"""How an event is shown, in the timeline and in files, to a person who may not see everything."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from html import escape
from typing import Any

from django.db.models import QuerySet
from django.utils import timezone
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy

from access.events.words import thing_of, words_of
from access.gate.reasons import BY_CODE, anomaly_label, reason_label
from access.models import Event
from access.shared.lists import client_cell
from fixaloop.files.columns import FileColumn
from fixaloop.notices.kinds import kinds
from fixaloop.speed.texts import gettext as _
from fixaloop.web.icons import chip, icon
from fixaloop.words.dates import say_clock, say_day
from fixaloop.words.text import person_name

LOOKS = {
    Event.Kind.ENTRY: ("ok", "log-in"),
    Event.Kind.EXIT: ("muted", "log-out"),
    Event.Kind.REFUSED: ("stop", "ban"),
    Event.Kind.PAYMENT: ("brand", "euro"),
    Event.Kind.NOTIFICATION: ("brand", "mail"),
    Event.Kind.STATUS: ("warn", "toggle-right"),
    Event.Kind.CARD: ("brand", "id-card"),
    Event.Kind.NOTE: ("muted", "sticky-note"),
    Event.Kind.CORRECTION: ("warn", "pencil"),
    Event.Kind.VEHICLE: ("brand", "car"),
    Event.Kind.JOB: ("brand", "wrench"),
}
NAMED = ("client", "card", "vehicle", "device", "zone", "actor")
PASSAGES = (Event.Kind.ENTRY, Event.Kind.EXIT, Event.Kind.REFUSED)


@dataclass(frozen=True)
class Sight:
    """What a person may see of what an event names."""

    clients: bool = True
    cards: bool = True
    vehicles: bool = True
    money: bool = True
    # The page of the event itself.
    events: bool = True
    # What else it is about, where no column says that.
    things: bool = True

    @classmethod
    def of(cls, user: Any) -> Sight:
        return cls(
            user.has_perm("clients.view_client"),
            user.has_perm("access.view_accesscard"),
            user.has_perm("access.view_vehicle"),
            user.has_perm("access.view_payment"),
            user.has_perm("access.view_event"),
        )


CORRECTIONS = {
    "void": gettext_lazy("Entrée annulée"),
    "settled": gettext_lazy("Visite vérifiée"),
    "taken_back": gettext_lazy("Correction annulée"),
    "not_used": gettext_lazy("Passage non effectué"),
}


def look(event: Event) -> tuple[str, str]:
    """The tone and the icon of an event; those of a notice are as on the page of notices."""
    notice = kinds().get(event.said)
    return (notice.tone, notice.icon) if notice else LOOKS[Event.Kind(event.kind)]


def with_names(events: QuerySet[Event]) -> QuerySet[Event]:
    return events.select_related(*NAMED).prefetch_related("tags")


def title(event: Event) -> str:
    kind = Event.Kind(event.kind)
    if kind == Event.Kind.REFUSED:
        reason = reason_labels(event)[:1]
        said = _("Accès refusé")
        return _("%(said)s : %(reason)s") % {"said": said, "reason": reason[0].lower()} if reason else said
    if kind == Event.Kind.ENTRY:
        forced = any(code in BY_CODE for code in event.anomalies)
        return _("Entrée enregistrée malgré le refus") if forced else _("Entrée autorisée")
    if kind == Event.Kind.EXIT:
        return _("Sortie")
    if kind == Event.Kind.CORRECTION:
        return str(CORRECTIONS[event.inputs.get("correction", "void")])
    return words_of(event) or str(kind.label)


def reason_labels(event: Event) -> list[str]:
    return [reason_label(code) for code in event.reasons]


def anomaly_labels(event: Event) -> list[str]:
    return [anomaly_label(code) for code in event.anomalies]


def presented(event: Event) -> str:
    """What was presented if it is unknown: its text, or the fingerprint of a QR code, which stays secret."""
    if event.client_id or event.kind not in PASSAGES:
        return ""
    credential = event.inputs.get("credential", {})
    if mark := credential.get("fingerprint"):
        return _("code QR, empreinte %(mark)s") % {"mark": mark}
    return str(credential.get("value", ""))


def _details(event: Event, sight: Sight) -> list[str]:
    told = [event.device.name] if event.device else []
    if event.card and sight.cards:
        told.append(_("carte %(username)s") % {"username": event.card.username})
    if event.vehicle and sight.vehicles:
        told.append(event.vehicle.plate_display)
    if sight.cards and sight.vehicles:
        told.append(presented(event))
    told += reason_labels(event)[1:] + anomaly_labels(event)
    if event.kind in (*PASSAGES, Event.Kind.CORRECTION):
        told.append(words_of(event))
    if event.actor:
        told.append(_("par %(person)s") % {"person": person_name(event.actor)})
    return [part for part in told if part]


def _link(event: Event, sight: Sight) -> list[str]:
    thing = thing_of(event) if sight.things else None
    return [f'<a class="num" href="{escape(thing.url)}">{escape(thing.label)}</a>'] if thing else []


def heading(event: Event) -> str:
    thing = thing_of(event)
    return f"{thing.label} · {title(event)}" if thing else title(event)


def _row(event: Event, at: datetime, sight: Sight, *, with_client: bool) -> str:
    tone, name = look(event)
    local = timezone.localtime(event.at)
    where = chip(event.zone.name, "muted") if event.zone else ""
    # Only passages have tags.
    named = event.tags.all() if event.kind in PASSAGES else ()
    tags = "".join(f" {chip(tag.name, 'brand')}" for tag in named)
    what = escape(title(event))
    if sight.events:
        what = f'<a class="event__title" href="/access/events/{event.pk}/">{what}</a>'
    told = " · ".join([*_link(event, sight), *map(escape, _details(event, sight))])
    return (
        f'<tr class="event"><td class="event__time num"><time datetime="{local.isoformat(timespec="seconds")}" '
        f'title="{local:%d/%m/%Y %H:%M:%S}">{say_clock(local)}</time></td>'
        f'<th scope="row" class="event__what"><div class="event__line">'
        f'<span class="dot" data-tone="{tone}">{icon(name, 16)}</span>'
        f"<span>{what} <small>{told}</small></span></div></th>"
        f'{_who(event, at, sight) if with_client else ""}<td class="event__where">{where}{tags}</td></tr>'
    )


def _who(event: Event, at: datetime, sight: Sight) -> str:
    return f'<td class="event__who">{client_cell(event, at) if event.client and sight.clients else ""}</td>'


def timeline(events: Iterable[Event], at: datetime, sight: Sight, *, with_client: bool) -> SafeString:
    today, last, parts = timezone.localdate(at), None, []
    for event in events:
        day = timezone.localdate(event.at)
        if day != last:
            parts.append(_day_row(day, today, 4 if with_client else 3))
            last = day
        parts.append(_row(event, at, sight, with_client=with_client))
    return SafeString("".join(parts))


def _day_row(day: date, today: date, width: int) -> str:
    return f'<tr class="day"><td colspan="{width}">{escape(say_day(day, today))}</td></tr>'


def export_columns(sight: Sight) -> tuple[FileColumn, ...]:
    seen = {"client": sight.clients, "card": sight.cards, "vehicle": sight.vehicles}
    return tuple(column for column in _columns() if seen.get(column.seen_with, True))


def _columns() -> tuple[FileColumn, ...]:
    return (
        FileColumn("Date", lambda event, at: event.at, 18),
        FileColumn("Type", lambda event, at: event.get_kind_display(), 12),
        FileColumn("Événement", lambda event, at: heading(event), 36),
        FileColumn("Client", lambda event, at: event.client.reference if event.client else "", 14, seen_with="client"),
        FileColumn(
            "Nom du client", lambda event, at: event.client.name if event.client else "", 28, seen_with="client"
        ),
        FileColumn("Carte", lambda event, at: event.card.username if event.card else "", 20, seen_with="card"),
        FileColumn(
            "Véhicule", lambda event, at: event.vehicle.plate_display if event.vehicle else "", 16, seen_with="vehicle"
        ),
        FileColumn("Appareil", lambda event, at: event.device.name if event.device else "", 20),
        FileColumn("Zone", lambda event, at: event.zone.name if event.zone else "", 20),
        FileColumn("Sens", lambda event, at: event.get_direction_display(), 10),
        FileColumn("Motifs", lambda event, at: ", ".join(reason_labels(event)), 32),
        FileColumn("Anomalies", lambda event, at: ", ".join(anomaly_labels(event)), 32),
        FileColumn("Présenté", lambda event, at: presented(event), 20, seen_with="card"),
        FileColumn("Texte", lambda event, at: words_of(event), 36),
        FileColumn("Tags", lambda event, at: ", ".join(tag.name for tag in event.tags.all()), 20),
        FileColumn("Par", lambda event, at: person_name(event.actor) if event.actor else "", 20),
    )
