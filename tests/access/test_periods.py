"""Several periods of one card, to the minute: at the gate, in lists, filters, figures, files and forms alike."""

from datetime import date, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import time_machine
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.test import Client as Browser
from django.utils import timezone

from access import services
from access.client.worth import WORTHS, add_worth, cards_worth, worth_of_cards
from access.declared import nightly
from access.models import AccessCard, CardPeriod, Event
from access.models.cards import CARD_STATES, is_worth
from access.periods import Period, parse_periods, show_periods, store_periods
from clients.models import Client
from tests.access.factories import make_active_client, make_card, make_device
from tests.access.importing import exported, run, write
from tests.conftest import SignIn
from tests.pages import field_errors, records, said, values

pytestmark = [pytest.mark.django_db, pytest.mark.each_database]
DAY = timedelta(days=1)


def local(text: str) -> datetime:
    return timezone.make_aware(datetime.fromisoformat(text))


# The card is valid on 1 and 2 March, then twice to the minute.
FIRST = {"valid_from": local("2027-03-01").date(), "valid_until": local("2027-03-02").date()}
PERIODS = (
    Period(local("2027-03-10T08:00"), local("2027-03-12T18:30")),
    Period(local("2027-03-28T01:00"), local("2027-03-28T04:00")),
)
WORTH_AT = {
    "2027-02-28T23:59": "upcoming",
    "2027-03-01T00:00": "active",
    "2027-03-02T23:59": "active",
    "2027-03-03T00:00": "upcoming",
    "2027-03-10T07:59": "upcoming",
    "2027-03-10T08:00": "active",
    "2027-03-12T18:29": "active",
    "2027-03-12T18:30": "upcoming",
    # Summer time begins at two: what remains are two hours.
    "2027-03-28T03:59": "active",
    "2027-03-28T04:00": "expired",
    "2027-04-02T12:00": "expired",
}


def make(**fields: Any) -> tuple[AccessCard, str]:
    return make_card(**{**FIRST, "periods": store_periods(PERIODS), **fields})


def answer(token: str, value: str, at: datetime) -> dict[str, Any]:
    with time_machine.travel(at, tick=False):
        body = {"nonce": at.isoformat(), "type": "qr", "value": value, "direction": "in"}
        headers = {"Authorization": f"Bearer {token}"}
        got: dict[str, Any] = Browser().post("/api/v1/reads", body, "application/json", headers=headers).json()
    return got


def test_gate_list_filters_and_clients_say_the_same_at_every_moment(sign_in: SignIn) -> None:
    _card, value = make()
    _device, token = make_device()
    for text, worth in WORTH_AT.items():
        at = local(text)
        assert AccessCard.objects.get().worth(at) == worth, text
        assert [name for name in CARD_STATES if AccessCard.objects.filter(is_worth(name, at))] == [worth], text
        assert [name for name in WORTHS if Client.objects.filter(cards_worth(name, at))] == [worth], text
        assert Client.objects.annotate(worth=worth_of_cards(at)).get().worth == worth
        add_worth(clients := list(Client.objects.all()), at)
        assert clients[0].card_worth == worth
        reason = {"upcoming": "card_not_yet_valid", "expired": "card_expired"}.get(worth)
        assert answer(token, value, at)["reason"] == reason, text
        with time_machine.travel(at, tick=False):
            desk = sign_in(is_superuser=True, username=f"le{at:%d%H%M}")
            assert str(CARD_STATES[worth]) in said(desk.get("/access/cards/"))
            assert [row["Statut"] for row in records(desk.get(f"/access/cards/export/?status={worth}"))]


def test_the_holder_is_told_when_the_next_period_begins_and_the_last_one_ended() -> None:
    _card, value = make()
    _device, token = make_device()
    assert (
        "valable à partir du mercredi 10 mars 2027 à 8\xa0h"
        in answer(token, value, local("2027-03-05T12:00"))["message"]
    )
    assert "28 mars 2027" in answer(token, value, local("2027-03-20T12:00"))["message"]
    assert "a expiré le dimanche 28 mars 2027 à 4\xa0h" in answer(token, value, local("2027-04-01T12:00"))["message"]


def test_a_passage_told_late_is_judged_by_the_periods_of_then() -> None:
    with time_machine.travel(local("2027-02-01T09:00")):
        card, value = make()
        _device, token = make_device()
    with time_machine.travel(local("2027-03-13T09:00"), tick=False):
        card.periods = store_periods(PERIODS[1:])
        services.update_card(card, by=None)
        read = {"nonce": "1", "type": "qr", "value": value, "direction": "in", "read_at": "2027-03-11T10:00:00+01:00"}
        body = {"sent_at": "2027-03-13T09:00:00+01:00", "reads": [read]}
        headers = {"Authorization": f"Bearer {token}"}
        Browser().post("/api/v1/reads/batch", body, "application/json", headers=headers)
    assert Event.objects.get(kind="entry").anomalies == ["offline"]


@pytest.mark.parametrize(
    ("periods", "error"),
    [
        ("10/03/2027 08:00 – 09/03/2027 08:00", "finit avant de commencer"),
        ("02/03/2027 08:00 – 09/03/2027 08:00", "commence avant la fin"),
        ("10/03/2027 08:00 – 12/03/2027 08:00 | 12/03/2027 07:59 – 13/03/2027 08:00", "commence avant la fin"),
    ],
)
def test_periods_out_of_order_are_refused_by_service_form_and_file(
    desk: Browser, tmp_path: Path, periods: str, error: str
) -> None:
    with pytest.raises(ValidationError, match=error):
        make(periods=parse_periods(periods))
    card, _value = make_card(username="zoe", **FIRST)
    pairs = [part.split(" – ") for part in periods.split(" | ")]
    sent = {"periods_start": [start for start, _end in pairs], "periods_end": [end for _start, end in pairs]}
    page = desk.post(f"/access/cards/{card.pk}/edit/", values(desk.get(f"/access/cards/{card.pk}/edit/")) | sent)
    assert page.status_code == 422
    assert error in said(page)
    assert pairs[0][0] in page.content.decode()
    text = f"Nom d’utilisateur;Client;Périodes\nzoe;{card.client.reference};{periods}\n"
    code, report = run("import_cards", write(tmp_path / "cards.csv", text))
    assert code == 2
    assert error in str(report)
    assert not CardPeriod.objects.exists()


def test_a_card_without_end_has_no_further_period() -> None:
    with pytest.raises(ValidationError, match="sans fin"):
        make(valid_until=None)


def test_the_database_refuses_what_overlaps() -> None:
    card, _value = make()
    first = card.period_rows.first()
    assert first is not None
    for start, end in ((first.starts_at + DAY, first.ends_at + DAY), (first.ends_at, first.starts_at)):
        with pytest.raises(IntegrityError), transaction.atomic():
            CardPeriod.objects.create(card=card, starts_at=start, ends_at=end)
    with pytest.raises(IntegrityError), transaction.atomic():
        card.period_rows.filter(pk=first.pk).update(ends_at=first.ends_at + 90 * DAY)
    other, _value = make()
    assert other.period_rows.count() == card.period_rows.count() == 2


def test_rows_are_added_and_taken_away_in_the_form(desk: Browser) -> None:
    card, _value = make_card(**FIRST)
    url = f"/access/cards/{card.pk}/edit/"
    kept = values(desk.get(url))
    sent = {
        "periods_start": ["2027-03-28T01:00", "2027-03-10T08:00", ""],
        "periods_end": ["2027-03-28T04:00", "2027-03-12T18:30", ""],
    }
    assert desk.post(url, kept | sent).status_code == 302
    card.refresh_from_db()
    assert card.periods == store_periods(PERIODS)
    assert "10 mars 2027 à 8 h – 12 mars 2027 à 18 h 30" in said(desk.get(card.get_absolute_url()))
    kept = values(desk.get(url))
    assert kept["periods_start"] == "2027-03-10T08:00"
    version = card.version
    same = {
        "periods_start": ["2027-03-10T08:00", "2027-03-28T01:00"],
        "periods_end": ["2027-03-12T18:30", "2027-03-28T04:00"],
    }
    desk.post(url, kept | same)
    card.refresh_from_db()
    assert card.version == version
    desk.post(url, kept | {"periods_start": ["", "2027-03-28T01:00"], "periods_end": ["", "2027-03-28T04:00"]})
    card.refresh_from_db()
    assert card.periods == store_periods(PERIODS[1:])
    assert card.period_rows.count() == 1
    page = desk.post(url, values(desk.get(url)) | {"periods_start": ["2027-03-28T01:00"], "periods_end": [""]})
    assert "Une période a un début et une fin" in said(page)


def test_an_ordinary_card_may_begin_and_end_within_a_day(desk: Browser, sign_in: SignIn, tmp_path: Path) -> None:
    card, value = make_card(**FIRST)
    _device, token = make_device()
    url = f"/access/cards/{card.pk}/edit/"
    kept = values(desk.get(url))
    assert "Donnez aussi le dernier jour" in said(desk.post(url, kept | {"valid_until": "", "until_time": "18:00"}))
    same_day = kept | {"valid_until": kept["valid_from"], "from_time": "14:00"}
    assert "until_time" in field_errors(desk.post(url, same_day | {"until_time": "14:00"}))
    assert desk.post(url, kept | {"from_time": "14:00", "until_time": "18:30"}).status_code == 302
    passes = {at: answer(token, value, local(at))["decision"] for at in ("2027-03-01T13:59", "2027-03-01T14:00")}
    assert list(passes.values()) == ["refused", "granted"]
    assert answer(token, value, local("2027-03-02T18:30"))["reasons"] == ["card_expired"]
    assert "2 mars 2027 à 18 h 30" in said(desk.get("/access/cards/"))
    file = exported(desk, "/access/cards/export/", tmp_path)
    assert run("import_cards", file)[1]["unchanged"] == 1
    with time_machine.travel(local("2027-03-02T10:00"), tick=False):
        boss = sign_in(is_superuser=True)
        sent = values(boss.get(card.get_absolute_url())) | {"valid_until": ""}
        assert boss.post(f"/access/cards/{card.pk}/extend/", sent).status_code == 302
    card.refresh_from_db()
    assert (card.valid_until, card.ends_at, card.last_day) == (None, None, date.max)
    desk.post(url, values(desk.get(url)) | {"from_time": ""})
    card.refresh_from_db()
    assert card.starts_at is None


def write_periods(text: str, row: dict[str, Any]) -> None:
    row["Périodes"].value = text


def test_a_file_takes_out_and_brings_back_periods(desk: Browser, tmp_path: Path) -> None:
    card, _value = make(username="zoe")
    (row,) = records(desk.get("/access/cards/export/"))
    assert row["Périodes"] == show_periods(card.periods)
    assert parse_periods(row["Périodes"]) == card.periods
    same = exported(desk, "/access/cards/export/", tmp_path)
    assert run("import_cards", same)[1]["unchanged"] == 1
    for text in ("10/03/2027 08:00 – 12/03/2027 18:30", ""):
        file = exported(desk, "/access/cards/export/", tmp_path, partial(write_periods, text))
        run("import_cards", file)
        card.refresh_from_db()
        assert card.periods == store_periods(PERIODS[:1])
        assert card.period_rows.count() == 1


def test_extending_moves_the_end_of_the_last_period(sign_in: SignIn) -> None:
    with time_machine.travel(local("2027-03-20T09:00"), tick=False):
        card, _value = make()
        desk = sign_in(group="Direction")
        page = desk.get(card.get_absolute_url())
        assert values(page)["valid_until"] == "2028-03-28"
        url = f"/access/cards/{card.pk}/extend/"
        sent = values(page)
        assert desk.post(url, sent | {"valid_until": "2027-03-20"}).status_code == 422
        assert field_errors(desk.post(url, sent | {"valid_until": ""}))
        assert desk.post(url, sent | {"valid_until": "2027-04-30"}).status_code == 302
    card.refresh_from_db()
    assert (card.final_day, card.valid_until) == (local("2027-05-01").date(), FIRST["valid_until"])
    assert card.client.last_card_day == card.last_day


def test_rows_that_contradict_the_card_are_repaired_at_night() -> None:
    card, _value = make()
    card.period_rows.all().delete()
    nightly.run(timezone.now())
    assert card.period_rows.count() == 2


def test_an_inactive_client_keeps_the_card_of_a_period_shut() -> None:
    card, _value = make(client=make_active_client(status_mode="inactive", status_reason="impayés"))
    assert card.worth(local("2027-03-11T12:00")) == "inactive"
