"""What must be true of an intervention, whether a page, the planning, the admin or an import writes it."""

from datetime import UTC, datetime, timedelta

from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.formats import number_format
from django.utils.translation import gettext as _, ngettext

from clients.services import anonymized
from fixaloop.records.payments import day_error
from fixaloop.words.money import TOO_MUCH, amount_error
from interventions.models import LONGEST_ESTIMATE, LONGEST_SLOT, LONGEST_WARRANTY, Intervention
from interventions.states import ENDED, EXPLAINED, STARTED, State

AMOUNTS = ("quote_amount", "parts_amount", "labor_amount", "cancellation_fee", "agreed_amount")
AGREEMENT = ("agreed_amount", "agreed_on", "agreed_how")
Errors = dict[str, str]


def check(intervention: Intervention, before: Intervention | None = None) -> None:
    """Raise ValidationError with a sentence for each wrong field. `before` is what is stored, if anything is."""
    if intervention.state == State.PLANNED:
        check_planned(intervention)
    _refuse(
        _client_errors(intervention, before)
        | _slot_errors(intervention.planned_start, intervention.planned_end)
        | _estimate_errors(intervention.estimated)
        | _technician_errors(intervention, before)
        | vehicle_errors(intervention, before)
        | _amount_errors(intervention)
    )


def check_plan(intervention: Intervention) -> None:
    check_planned(intervention)
    _refuse(_technician_errors(intervention, None))


def check_planned(intervention: Intervention) -> None:
    _refuse(_missing_errors(intervention) | _slot_errors(intervention.planned_start, intervention.planned_end))


def _refuse(errors: Errors) -> None:
    if errors:
        raise ValidationError({name: [error] for name, error in errors.items()})


def _estimate_errors(estimated: timedelta | None) -> Errors:
    if estimated is None or timedelta(0) < estimated <= LONGEST_ESTIMATE:
        return {}
    return {"estimated": _("La durée estimée va d’une minute à 24 heures : au-delà, donnez un créneau.")}


def _slot_errors(start: datetime | None, end: datetime | None) -> Errors:
    """A slot has two ends in the right order and is not longer than a month by the firm’s clock."""
    if start and not end:
        return {"planned_end": _("Indiquez aussi la fin du créneau.")}
    if end and not start:
        return {"planned_start": _("Indiquez aussi le début du créneau.")}
    if start and end and end.astimezone(UTC) <= start.astimezone(UTC):
        return {"planned_end": _("La fin prévue doit être après le début prévu.")}
    if start and end and timezone.make_naive(end) - timezone.make_naive(start) > LONGEST_SLOT:
        days = LONGEST_SLOT.days
        return {
            "planned_end": ngettext(
                "Un créneau dure %(days)d jour au plus.", "Un créneau dure %(days)d jours au plus.", days
            )
            % {"days": days}
        }
    return {}


def _missing_errors(intervention: Intervention) -> Errors:
    errors = {}
    if not intervention.technician_id:
        errors["technician"] = _("Choisissez le technicien : une intervention planifiée en a un.")
    if not intervention.planned_start:
        errors["planned_start"] = _("Indiquez le début : une intervention planifiée a un créneau.")
    if not intervention.planned_end:
        errors["planned_end"] = _("Indiquez la fin : une intervention planifiée a un créneau.")
    return errors


def _client_errors(intervention: Intervention, before: Intervention | None) -> Errors:
    """Anonymised clients get nothing new: it could identify them again."""
    if intervention.client_id is None or (before and before.client_id == intervention.client_id):
        return {}
    client = intervention.client
    return {"client": anonymized(client)} if client.anonymized_at else {}


def _technician_errors(intervention: Intervention, before: Intervention | None) -> Errors:
    technician = intervention.technician
    if technician is None or technician.is_active:
        return {}
    # People who left keep the work that was theirs, even if it is entered only now.
    theirs = before.technician_id == technician.pk if before else not intervention.is_open
    if theirs:
        return {}
    name = technician.get_full_name() or technician.get_username()
    return {
        "technician": _("%(name)s ne fait plus partie de l’équipe : choisissez quelqu’un d’autre.") % {"name": name}
    }


def vehicle_errors(intervention: Intervention, before: Intervention | None) -> Errors:
    vehicle = intervention.vehicle
    if vehicle is None or intervention.client_id in (None, vehicle.client_id):
        return {}
    named = (intervention.vehicle_id, intervention.client_id)
    if before and named == (before.vehicle_id, before.client_id):
        return {}
    said = _("%(plate)s est le véhicule d’un autre client : indiquez-en un de %(client)s, ou laissez vide.")
    return {"vehicle": said % {"plate": vehicle, "client": intervention.client.name}}


def _amount_errors(intervention: Intervention) -> Errors:
    found = {name: amount_error(getattr(intervention, name)) for name in AMOUNTS}
    errors = {name: error for name, error in found.items() if error}
    if not errors and intervention.parts_amount + intervention.labor_amount >= TOO_MUCH:
        due = number_format(intervention.parts_amount + intervention.labor_amount, 2)
        errors["labor_amount"] = _(
            "Pièces et main-d’œuvre font %(due)s € : le maximum est 99 999 999,99 € en tout."
        ) % {"due": due}
    if intervention.cancellation_fee and intervention.state != State.CANCELLED:
        errors["cancellation_fee"] = _("Des frais d’annulation n’ont de sens que pour une intervention annulée.")
    errors = _agreement_errors(intervention) | errors
    months = intervention.warranty_months
    if months is not None and not 0 <= months <= LONGEST_WARRANTY:
        errors["warranty_months"] = _("La garantie va de 0 à %(months)d mois.") % {"months": LONGEST_WARRANTY}
    return errors


def _agreement_errors(intervention: Intervention) -> Errors:
    """An agreement says how much, when and how."""
    given = [name for name in AGREEMENT if getattr(intervention, name) not in (None, "")]
    if not given:
        return {}
    errors = {
        name: _("Dites combien le client a accepté, quand et comment.") for name in AGREEMENT if name not in given
    }
    if intervention.agreed_on and (error := day_error(intervention.agreed_on, timezone.now())):
        errors["agreed_on"] = error
    return errors


def check_past(intervention: Intervention, at: datetime) -> None:
    """Check work recorded after the fact, its state included. Raise ValidationError naming fields."""
    check(intervention)
    errors: Errors = {}
    start, end = intervention.started_at, intervention.finished_at
    if intervention.state in ENDED and end is None:
        errors["finished_at"] = _("Indiquez la fin réelle : cette intervention est terminée.")
    if intervention.state not in ENDED and end is not None:
        errors["finished_at"] = _("Une intervention qui n’est pas terminée n’a pas de fin réelle.")
    if intervention.state in STARTED and start is None:
        errors["started_at"] = _("Indiquez le début réel : cette intervention a commencé.")
    if start and end and end < start:
        errors["finished_at"] = _("La fin réelle doit être après le début réel.")
    errors |= _wait_errors(intervention)
    for name in ("started_at", "finished_at", "waiting_since"):
        if (moment := getattr(intervention, name)) and moment > at:
            errors[name] = _("Cette date est dans le futur.")
    if intervention.state in EXPLAINED and not intervention.state_reason:
        errors["state_reason"] = _("Indiquez le motif.")
    if intervention.state not in EXPLAINED and intervention.state_reason:
        errors["state_reason"] = _("Le motif n’a de sens que pour une intervention en attente ou annulée.")
    _refuse(errors)


def _wait_errors(intervention: Intervention) -> Errors:
    start, since = intervention.started_at, intervention.waiting_since
    if since and intervention.state != State.ON_HOLD:
        return {"waiting_since": _("Seule une intervention en attente attend depuis une date.")}
    if start and since and since < start:
        return {"waiting_since": _("L’attente commence après le début réel.")}
    return {}
