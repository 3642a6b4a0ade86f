"""The simulation of a year: people can walk what is drawn, and presence is compared with it."""

from collections import Counter
from datetime import timedelta

import pytest

from access.models import Entry
from tests.access.factories import make_card, make_zone
from tests.site_year.people import CARD, NOW_AND_THEN, Person, population
from tests.site_year.place import IN, YARD
from tests.site_year.reads import MISREAD, REPEATED, reading_of
from tests.site_year.rhythm import FOOT, WHEEL, Life, Step, steps
from tests.site_year.shown import Registry
from tests.site_year.tally import Tally
from tests.site_year.truth import Truth
from tests.site_year.year import START, Options, midnight, simulate

pytestmark = pytest.mark.any_database

DAYS = 40


def drawn(seed: int) -> list[Step]:
    people = population(200, seed)
    lives = [Life(person, seed) for person in people]
    days = [START + timedelta(days=number) for number in range(DAYS)]
    return sorted((step for day in days for step in steps(lives, day)), key=lambda step: (step.at, step.who.number))


def lived(walked: list[Step], seed: int) -> Truth:
    truth = Truth()
    for life in (Life(person, seed) for person in population(200, seed)):
        if life.car_at:
            truth.park(life.who, life.car_at, midnight(START))
    for step in walked:
        truth.move(step, reading_of(step, seed).fault)
    return truth


def test_a_seed_draws_one_year_that_can_be_walked() -> None:
    walked = drawn(1)
    assert lived(walked, 1).digest == lived(drawn(1), 1).digest != lived(drawn(2), 2).digest
    assert not [step for step in walked if (step.at + timedelta(minutes=2)).minute < 3]


def test_faults_have_their_shares() -> None:
    readings = [(step, reading_of(step, 1)) for step in drawn(1) if step.by in (FOOT, WHEEL)]
    plates = [reading for step, reading in readings if step.by == WHEEL]
    forgotten = sum(not reading.offsets for _step, reading in readings)
    assert forgotten / len(readings) == pytest.approx(0.05, abs=0.01)
    assert sum("misread" in reading.fault for reading in plates) / len(plates) == pytest.approx(MISREAD, abs=0.01)
    assert any(REPEATED in reading.fault for reading in plates)


def test_some_days_go_through_readers_counter_and_nights(db: None) -> None:
    result = simulate(Options(days=2, people=40), lambda _line: None)
    site = result["rows"]["people, whole site"]
    assert result["counts"]["reads"] > 10
    assert "refused by the counter" not in result["counts"]
    assert site["inside"] > 20
    assert site["shown"] > 0.8 * site["inside"]


def test_an_hour_is_counted_with_its_doubt(db: None) -> None:
    yard, (card, _value) = make_zone(YARD), make_card()
    person, at = Person(1, CARD, NOW_AND_THEN, False, badge="B1"), midnight(START)
    truth = Truth()
    tally = Tally(Registry({card.pk: 1}, {}, {}, set()), {1: person}, truth)
    stay = Entry.objects.create(client=card.client, card=card, zone=yard, entered_at=at)
    tally.compare(at)
    truth.move(Step(at, person, YARD, IN, FOOT), "")
    tally.compare(at)
    Entry.objects.filter(pk=stay.pk).update(exited_at=at, estimated=True)
    tally.compare(at)
    Entry.objects.filter(pk=stay.pk).update(estimated=False)
    tally.compare(at)
    expected = Counter(inside=3, shown=2, phantom=1, phantom_sure=1, missing=2, missing_sure=1, missing_sure_heard=0)
    assert tally.rows["people, whole site"] == expected
