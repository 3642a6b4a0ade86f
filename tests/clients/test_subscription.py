"""The subscription of a client: the days in which visits cost nothing."""

from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.test import Client as Browser
from django.utils import timezone

from access import services
from access.models import Entry
from clients.models import Client
from clients.services.merging import merge_clients
from fixaloop.words.dates import end_of, start_of
from tests.access.factories import make_card, make_entry, make_tariff, make_zone
from tests.clients.test_import_clients import run, write
from tests.factories import make_client, make_user
from tests.pages import field_errors, records, rows, said, values

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)
LAST = date(2026, 9, 30)


def stay(client: Client, entered: Any, exited: Any) -> Entry:
    zone = make_zone()
    make_tariff(zone)
    entry = make_entry(make_card(client, kind="badge", badge_number=zone.name)[0], zone, entered_at=entered)
    return services.correct_exit(entry, exited, reason="au registre", by=make_user())


def test_the_visits_of_a_subscriber_cost_nothing_and_say_why(desk: Browser) -> None:
    client = make_client(email="a@example.org", subscribed_until=LAST)
    entry = stay(client, end_of(LAST) - 5 * HOUR, end_of(LAST) - 2 * HOUR)
    assert (entry.amount_due, entry.priced_by) == (Decimal(0), "tariff")
    assert "3 h 00 → abonnement jusqu’au 30 sept. 2026" in said(desk.get(entry.get_absolute_url()))


def test_only_the_time_beyond_it_costs(desk: Browser) -> None:
    client = make_client(email="a@example.org", subscribed_until=LAST)
    entry = stay(client, end_of(LAST) - 5 * HOUR, end_of(LAST) + 2 * HOUR)
    assert entry.amount_due == 4
    assert "jusqu’au 30 sept. 2026 : 5 h 00 comprises, 2 × 1 h 00" in said(desk.get(entry.get_absolute_url()))
    early = make_client(email="b@example.org", subscribed_from=LAST, subscribed_until=LAST)
    assert stay(early, start_of(LAST) - HOUR, start_of(LAST) + 5 * HOUR).amount_due == 2


def test_the_subscription_of_a_company_covers_its_members() -> None:
    company = make_client(kind="company", company_name="Garage du Port", subscribed_until=LAST)
    member = make_client(email="a@example.org", company=company, subscribed_until=LAST - timedelta(days=90))
    assert stay(member, end_of(LAST) - 2 * HOUR, end_of(LAST)).amount_due == 0
    assert stay(member, end_of(LAST), end_of(LAST) + HOUR).amount_due == 2


def test_the_subscriptions_of_a_member_and_its_company_add_up(desk: Browser) -> None:
    after = {"subscribed_from": LAST + timedelta(days=1), "subscribed_until": LAST + timedelta(days=30)}
    company = make_client(kind="company", company_name="Garage du Port", **after)
    member = make_client(email="a@example.org", company=company, subscribed_from=LAST, subscribed_until=LAST)
    entry = stay(member, end_of(LAST) - 5 * HOUR, end_of(LAST) + 5 * HOUR)
    assert entry.amount_due == 0
    assert "10 h 00 → abonnement jusqu’au 30 oct. 2026" in said(desk.get(entry.get_absolute_url()))
    entry = stay(member, start_of(LAST) - HOUR, end_of(LAST) - HOUR)
    assert "jusqu’au 30 sept. 2026 : 23 h 00 comprises" in said(desk.get(entry.get_absolute_url()))


def test_the_form_keeps_it_and_refuses_days_in_the_wrong_order(desk: Browser) -> None:
    client = make_client()
    url = f"/clients/{client.reference}/edit/"
    form = values(desk.get(url))
    wrong = desk.post(url, form | {"subscribed_from": "2026-10-01", "subscribed_until": "2026-09-30"})
    assert wrong.status_code == 422
    assert "subscribed_until" in field_errors(wrong)
    assert "subscribed_until" in field_errors(desk.post(url, form | {"subscribed_from": "2026-10-01"}))
    desk.post(url, form | {"subscribed_from": "01/01/2026", "subscribed_until": "30/09/2026"})
    client.refresh_from_db()
    assert (client.subscribed_from, client.subscribed_until) == (date(2026, 1, 1), LAST)
    assert "du 01/01/2026 au 30/09/2026" in said(desk.get(f"/clients/{client.reference}/"))
    assert "30/09/2026" in said(desk.get(f"/clients/{client.reference}/history/"))
    with pytest.raises(IntegrityError), transaction.atomic():
        Client.objects.update(subscribed_from=date(2026, 10, 1))


def test_files_bring_it_and_take_it_along(desk: Browser, tmp_path: Path) -> None:
    text = "Prénom;Nom;E-mail;Abonné du;Abonné jusqu’au\nMarie;Curie;m@example.org;01/01/2026;30/09/2026\n"
    assert run(write(tmp_path / "a.csv", text))[0] == 0
    assert Client.objects.get().subscribed_until == LAST
    code, report = run(write(tmp_path / "b.csv", text.replace("01/01/2026;30/09/2026", "01/10/2026;")))
    assert (code, [error["column"] for error in report["errors"]]) == (2, ["Abonné jusqu’au"])
    code, report = run(write(tmp_path / "b.csv", text.replace("01/01/2026", "janvier")), "--lenient")
    assert (code, [error["column"] for error in report["errors"]]) == (2, ["Abonné du"])
    assert run(write(tmp_path / "c.csv", text.replace("30/09/2026", "31/12/2026")))[0] == 0
    [row] = records(desk.get("/clients/export/"))
    assert row["Abonné jusqu’au"].date() == date(2026, 12, 31)


def test_files_may_shorten_the_year_of_its_last_day(tmp_path: Path) -> None:
    text = "Prénom;Nom;Abonné du;Abonné jusqu’au\nMarie;Curie;01/03/98;28/02/45\nIrène;Curie;01/03/25;28/02/2145\n"
    _code, report = run(write(tmp_path / "a.csv", text))
    refused = [(error["row"], error["column"], error["value"]) for error in report["errors"]]
    assert refused == [(2, "Abonné du", "01/03/98"), (3, "Abonné jusqu’au", "28/02/2145")]
    assert run(write(tmp_path / "b.csv", text.replace("/98", "/20").replace("2145", "46")))[0] == 0
    assert {client.subscribed_until.year for client in Client.objects.all() if client.subscribed_until} == {2045, 2046}


def test_the_list_finds_subscribers(desk: Browser) -> None:
    today = timezone.localdate()
    days = {"Actuel": 60, "Bientôt": 30, "Fini": -1, "Jamais": None}
    for name, ahead in days.items():
        until = None if ahead is None else today + timedelta(days=ahead)
        make_client(last_name=name, subscribed_until=until)
    make_client(
        last_name="Futur", subscribed_from=today + timedelta(days=1), subscribed_until=today + timedelta(days=9)
    )

    def found(asked: str) -> set[str]:
        return {name.split()[-1] for name in rows(desk.get(f"/clients/?subscription={asked}"))}

    assert found("active") == {"Actuel", "Bientôt"}
    assert found("ending") == {"Bientôt"}
    assert found("expired") == {"Fini"}
    assert found("none") == {"Jamais"}


def test_a_merge_keeps_the_one_there_is() -> None:
    kept, lost = make_client(), make_client(last_name="Durand", subscribed_until=LAST)
    assert merge_clients(kept, lost, by=None).subscribed_until == LAST
