"""Plates, badges, usernames and hours as people write them."""

import json
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.utils import timezone

from access.gate.codes import new_qr_value, new_token, qr_text
from access.gate.plates import parse_plate, plate_key, plate_mark, show_plate
from access.hours import is_open, next_opening, parse_hours, show_hours
from access.typed import (
    parse_badge,
    parse_last_day,
    parse_model,
    parse_username,
    parse_year,
    read_card,
    sensible_validity,
)

NASTY = Path(__file__).parents[3] / "shared" / "data" / "nasty_values.json"
SAMPLES: dict[str, Any] = json.loads(NASTY.read_text()) if NASTY.exists() else {"plaques": [], "cartes": []}


@pytest.mark.parametrize("sample", SAMPLES["plaques"], ids=lambda sample: sample["note"])
def test_it_reads_the_plates_of_the_shared_list(sample: dict[str, str]) -> None:
    text, country = sample["valeur"], sample["pays"]
    if sample["attendu"] == "accepter":
        read = parse_plate(text, country)
        assert (plate_key(read.value), read.notes) == (sample["normalise"], ())
    elif sample["attendu"] == "signaler":
        assert parse_plate(text, country).notes
    elif text:
        with pytest.raises(ValidationError):
            parse_plate(text, country)
    else:
        assert parse_plate(text, country).value == ""


def test_it_takes_two_plates_for_none() -> None:
    with pytest.raises(ValidationError) as refusal:
        parse_plate("GH-789-JK, KL-012-MN")
    assert refusal.value.code == "several"


@pytest.mark.parametrize(
    ("text", "country", "shown"),
    [
        ("ab123cd", "FR", "AB-123-CD"),
        ("1234ab75", "FR", "1234 AB 75"),
        ("123 abc 2a", "FR", "123 ABC 2A"),
        ("w-123-ab", "FR", "W-123-AB"),
        ("b-mw 1234", "DE", "B-MW 1234"),
        ("ab123cd", "IT", "AB123CD"),
    ],
)
def test_it_shows_a_plate_as_its_country_writes_it(text: str, country: str, shown: str) -> None:
    assert show_plate(text, country) == shown


def test_it_tells_german_plates_apart_by_their_district() -> None:
    marks = {plate_mark(text, "DE") for text in ("B-MW 1234", "BM-W 1234", "b mw 1234", "BMW1234")}
    assert marks == {"B-MW1234", "BM-W1234", "BMW1234"}


@pytest.mark.parametrize("sample", SAMPLES["cartes"], ids=lambda sample: sample["note"])
def test_it_reads_the_badges_of_the_shared_list(sample: dict[str, str]) -> None:
    assert parse_badge(sample["valeur"]).value == sample["attendu"]


@pytest.mark.parametrize("text", ["4.0E+12", "4,5E+12", "1,23456789012346E+19", "1E+05", "é", "a b/c", "x" * 41, "1;2"])
def test_it_refuses_what_is_no_badge(text: str) -> None:
    with pytest.raises(ValidationError):
        parse_badge(text)


@pytest.mark.parametrize(("text", "good"), [("jean", True), ("Jean.Valjean+1@x", True), ("j", False), ("a b", False)])
def test_it_reads_usernames(text: str, good: bool) -> None:
    if good:
        assert parse_username(f" {text} ").value == text
        return
    with pytest.raises(ValidationError):
        parse_username(text)


@pytest.mark.parametrize("text", ["09-mars", "9-mar", "09/03/2026", "09/03/2026 00:00", "3 sept. 2025"])
def test_it_sees_models_that_a_spreadsheet_changed(text: str) -> None:
    with pytest.raises(ValidationError):
        parse_model(text)


@pytest.mark.parametrize("text", ["9-3", "208", "500", "Model 3", "DS 3 Crossback", "Mars"])
def test_it_takes_models_that_look_like_numbers(text: str) -> None:
    assert parse_model(text).value == text


@pytest.mark.parametrize("text", ["21", "2921", "1884", "12/2021", "-2021"])
def test_it_refuses_impossible_years(text: str) -> None:
    with pytest.raises(ValidationError):
        parse_year(text, date(2026, 11, 21))


@pytest.mark.parametrize(
    ("text", "day"),
    [("31/12/2025", date(2025, 12, 31)), ("46022", date(2025, 12, 31)), ("31/12/9999", None), ("", None)],
)
def test_it_reads_last_days(text: str, day: date | None) -> None:
    assert parse_last_day(text) == day


def test_it_says_all_that_is_wrong_with_a_card() -> None:
    reading = read_card({"kind": "badge", "valid_from": "02/01/2026", "valid_until": "01/01/2026", "hours": "le soir"})
    assert set(reading.errors) == {"username", "badge_number", "valid_until", "hours"}


@pytest.mark.parametrize(
    ("today", "active_until", "last"),
    [
        (date(2026, 11, 21), None, date(2027, 11, 20)),
        (date(2028, 2, 29), None, date(2029, 2, 28)),
        (date(2026, 11, 21), date(2026, 12, 31), date(2026, 12, 31)),
    ],
)
def test_it_proposes_a_year_or_as_long_as_the_client_is_active(today: date, active_until: date, last: date) -> None:
    assert sensible_validity(today, active_until) == (today, last)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("lun-ven 8h-18h, sam 9:00-12:30", "lun-ven 08:00–18:00, sam 09:00–12:30"),
        ("du lundi au vendredi de 8h à 12h et 14h à 18h", "lun-ven 08:00–12:00, 14:00–18:00"),
        *(
            (text, "lun-ven 08:00–12:00, 14:00–18:00")
            for text in (
                "lun-ven 8h-12h 14h-18h",
                "lun-ven 8h-12h, 14h-18h",
                "lun-ven 8h-12h et 14h-18h",
                "lun-ven 8h-12h puis 14h-18h",
                "lun-ven 8h-12h / 14h-18h",
                "lun-ven 8-12h 14-18h",
                "lun-ven 8 h - 12 h 14 h - 18 h",
                "lun-ven 8:00-12:00 14:00-18:00",
                "lun-ven 08:00-12:00\u00a014:00-18:00",
                "Mon-Fri 8:00 to 12:00 and 14:00 to 18:00",
                "lun au ven de 8h00 à 12h00 et de 14h00 à 18h00",
            )
        ),
        ("lun-ven 8h30-12h15 14h-18h sam 9h-12h", "lun-ven 08:30–12:15, 14:00–18:00, sam 09:00–12:00"),
        ("lun 8 h 30 - 12 h 15 14 h - 18 h", "lun 08:30–12:15, 14:00–18:00"),
        ("lun, mer et ven 8h-12h", "lun 08:00–12:00, mer 08:00–12:00, ven 08:00–12:00"),
        ("tous les jours 22:00-06:00", "lun-dim 22:00–06:00"),
        ("sam et dim 00:00-24:00", "sam-dim 00:00–24:00"),
        ('{"mon": [["08:00", "18:00"]]}', "lun 08:00–18:00"),
        ("", ""),
    ],
)
def test_it_reads_hours_and_shows_them_so_that_it_reads_them_again(text: str, shown: str) -> None:
    hours = parse_hours(text)
    assert show_hours(hours) == shown
    assert parse_hours(shown) == hours


@pytest.mark.parametrize(
    "text", ["le soir", "8h-18h", "lun-ven 25:00-26:00", "lun 8h-8h", "lun-xyz 8h-9h", "{", '{"lun": []}', "lun-ven"]
)
def test_it_refuses_hours_it_cannot_read(text: str) -> None:
    with pytest.raises(ValidationError):
        parse_hours(text)


def local(day: int, hour: int, minute: int = 0) -> datetime:
    """November 2026: the 21st is a Saturday."""
    return timezone.make_aware(datetime(2026, 11, day, hour, minute))  # noqa: DTZ001


def test_it_opens_and_closes_to_the_minute_and_over_midnight() -> None:
    hours = parse_hours("ven 22:00-06:00, sam 09:00-12:00")
    moments = [(20, 21, 59), (20, 22, 0), (21, 5, 59), (21, 6, 0), (21, 9, 0), (21, 12, 0), (21, 23, 0)]
    assert [is_open(hours, local(*moment)) for moment in moments] == [False, True, True, False, True, False, False]
    assert next_opening(hours, local(21, 13)) == local(27, 22)
    assert next_opening(hours, local(21, 8)) == local(21, 9)


def test_it_makes_values_that_nobody_guesses_and_every_scanner_types() -> None:
    values = {new_qr_value() for _number in range(200)}
    assert len(values) == 200
    assert all(len(value) == 36 and value.isascii() and qr_text(value.lower()) == value for value in values)
    assert len({new_token() for _number in range(200)}) == 200
