"""The one table of transitions: from every state to every state, with what each needs, stamps and refuses."""

from datetime import timedelta
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.utils import timezone

from interventions import services
from interventions.models import Intervention
from interventions.states import State
from tests.interventions.factories import in_state, make_intervention, make_technician, pay, slot

pytestmark = pytest.mark.django_db

ALLOWED = {
    "to_plan": {"planned", "in_progress", "cancelled"},
    "planned": {"in_progress", "cancelled"},
    "in_progress": {"on_hold", "done", "cancelled"},
    "on_hold": {"in_progress", "done", "cancelled"},
    "done": {"closed", "in_progress"},
    "closed": set(),
    "cancelled": {"to_plan"},
}


def needs(to: str) -> dict[str, Any]:
    """What a transition to this state asks for."""
    needed: dict[str, dict[str, Any]] = {
        "planned": {"technician": make_technician(), **slot()},
        "on_hold": {"reason": "pièces"},
        "cancelled": {"reason": "doublon"},
        "done": {"report": "Fait."},
    }
    return needed.get(to, {})


@pytest.mark.parametrize("state", list(State))
def test_it_goes_only_where_the_table_says(state: State, subtests: pytest.Subtests) -> None:
    for to in State:
        with subtests.test(to=str(to)):
            job = in_state(state)
            if to in ALLOWED[state]:
                services.transition(job, to, by=None, **needs(to))
                assert Intervention.objects.get(pk=job.pk).state == job.state == to
            else:
                with pytest.raises(services.IllegalMove) as refusal:
                    services.transition(job, to, by=None, **needs(to))
                assert f"{job.reference} est" in str(refusal.value)
                assert Intervention.objects.get(pk=job.pk).state == state


def test_a_refusal_says_what_is_possible() -> None:
    job = in_state("done")
    with pytest.raises(services.IllegalMove) as refusal:
        services.hold(job, reason="pièces", by=None)
    assert str(refusal.value) == (
        "INT-001 est terminée et ne peut pas devenir « en attente ». Possible : clôturer, rouvrir."
    )
    with pytest.raises(services.IllegalMove, match="plus rien ne peut y changer"):
        services.reopen(in_state("closed"), by=None)


@pytest.mark.parametrize("verb", ["start", "resume"])
def test_two_verbs_that_lead_to_one_state_are_not_taken_for_each_other(verb: str) -> None:
    job = in_state("on_hold" if verb == "start" else "planned")
    with pytest.raises(services.IllegalMove):
        getattr(services, verb)(job, by=None)


@pytest.mark.parametrize(
    ("state", "to", "given", "field"),
    [
        ("to_plan", "planned", {"technician": None, **slot()}, "technician"),
        ("to_plan", "planned", {"planned_start": None, "planned_end": None}, "planned_start"),
        ("to_plan", "planned", {"planned_end": None}, "planned_end"),
        ("to_plan", "planned", slot(hours=-1), "planned_end"),
        ("to_plan", "planned", slot(hours=24 * 40), "planned_end"),
        ("in_progress", "on_hold", {"reason": ""}, "reason"),
        ("in_progress", "done", {"report": ""}, "report"),
        ("planned", "cancelled", {"reason": ""}, "reason"),
    ],
)
def test_what_is_missing_is_said_of_its_field_and_nothing_is_done(
    state: str, to: str, given: dict[str, Any], field: str
) -> None:
    job = in_state(state)
    with pytest.raises(ValidationError) as refusal:
        services.transition(job, to, by=None, **needs(to) | given)
    assert field in refusal.value.message_dict
    assert Intervention.objects.get().state == state
    assert Intervention.objects.get().version == 1


def test_who_has_left_gets_no_new_work_and_keeps_the_old() -> None:
    gone = make_technician(is_active=False, first_name="Paul", last_name="Klein")
    with pytest.raises(ValidationError, match="Paul Klein ne fait plus partie de l’équipe"):
        services.plan(make_intervention(), technician=gone, **slot(), by=None)
    old = in_state("done", technician=gone)
    services.reopen(old, by=None)
    services.update(old, by=None)
    assert Intervention.objects.get(pk=old.pk).technician == gone


def test_the_real_start_and_end_are_stamped_once() -> None:
    begun = timezone.now()
    job = services.start(make_intervention(), by=None, at=begun)
    services.hold(job, reason="pièces", by=None)
    services.resume(job, by=None, at=begun + timedelta(hours=1))
    services.finish(job, report="Fait.", by=None, at=begun + timedelta(hours=2))
    assert (job.started_at, job.finished_at) == (begun, begun + timedelta(hours=2))
    services.reopen(job, by=None)
    services.finish(job, by=None, at=begun + timedelta(hours=3))
    assert (job.started_at, job.finished_at) == (begun, begun + timedelta(hours=2))


def test_a_reason_is_kept_while_it_is_true_and_in_the_history_for_good() -> None:
    job = in_state("in_progress")
    services.hold(job, reason="pièces", by=None)
    assert job.state_reason == "pièces"
    services.resume(job, by=None)
    assert job.state_reason == ""
    assert [record.history_change_reason for record in job.history.all()[:2]] == [
        "Reprendre",
        "Mettre en attente : pièces",
    ]


def test_closing_waits_for_the_money() -> None:
    job = in_state("done", parts_amount=20, labor_amount=30)
    with pytest.raises(services.Refused, match="Il reste 50,00 € à payer"):
        services.close(job, by=None)
    pay(job, "50")
    services.close(job, by=None)
    assert job.state == State.CLOSED


def test_closing_waits_for_what_was_paid_too_much() -> None:
    job = in_state("done", parts_amount=20)
    pay(job, "30")
    with pytest.raises(services.Refused, match="10,00\u00a0€ payés en trop"):
        services.close(job, by=None)
    pay(job, "10", kind="refund")
    services.close(job, by=None)
    assert job.state == State.CLOSED


def test_the_second_of_two_people_is_told() -> None:
    job = make_intervention()
    seen_twice = Intervention.objects.get()
    services.start(job, by=None, version=1)
    with pytest.raises(services.Stale):
        services.cancel(seen_twice, reason="doublon", by=None, version=1)
    assert Intervention.objects.get().state == State.IN_PROGRESS


def test_what_is_gone_is_told_too() -> None:
    job = make_intervention()
    services.delete(Intervention.objects.get(), by=None)
    with pytest.raises(services.Stale):
        services.start(job, by=None)


def test_a_form_filled_earlier_does_not_bring_back_an_earlier_state() -> None:
    earlier = make_intervention()
    services.finish(services.start(Intervention.objects.get(), by=None), report="Fait.", by=None)
    earlier.title = "Autre objet"
    services.update(earlier, by=None)
    stored = Intervention.objects.get()
    assert (stored.state, stored.title, stored.finished_at is None) == (State.DONE, "Autre objet", False)


def test_a_closed_one_no_longer_changes() -> None:
    job = in_state("closed")
    job.title = "Autre objet"
    with pytest.raises(services.Refused, match="clôturée"):
        services.update(job, by=None)
    with pytest.raises(services.Refused, match="clôturée"):
        services.delete(job, by=None)
    with pytest.raises(services.Refused, match="clôturée"):
        pay(job, "10")


def test_placing_plans_or_moves_a_slot_and_nothing_else() -> None:
    technician, job = make_technician(), make_intervention()
    services.schedule(job, technician=technician, **slot(), by=None)
    assert job.state == State.PLANNED
    services.start(job, by=None)
    later = slot(timezone.now() + timedelta(days=9))
    services.schedule(job, technician=technician, **later, by=None)
    assert (job.state, job.planned_start) == (State.IN_PROGRESS, later["planned_start"])
    with pytest.raises(services.IllegalMove):
        services.schedule(in_state("done"), technician=technician, **slot(), by=None)
