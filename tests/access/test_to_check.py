"""Stays that somebody who knows should look at: listed, counted, settled on their page; and what zones say of them."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client as Browser
from django.utils import timezone

from access.models import Device, Entry, Event, Zone
from tests.access.factories import make_card, make_device, make_entry, make_zone
from tests.conftest import SignIn
from tests.pages import said, values

pytestmark = pytest.mark.django_db
STAYS = {"repeat_seconds": "8", "turn_seconds": "90", "longest_stay": "20", "reset_at": "03:00"}


def doubtful() -> Entry:
    left = timezone.now() - timedelta(hours=2)
    entry = make_entry(
        card=make_card(username="jean.valjean")[0],
        entered_at=left - timedelta(hours=14),
        exited_at=left,
        estimated=True,
        to_check=True,
        anomalies=["exit_missed"],
    )
    make_entry(card=make_card(username="cosette")[0])
    return entry


def test_it_lists_and_counts_them(desk: Browser) -> None:
    entry = doubtful()
    page = said(desk.get("/access/entries/?to_check=true"))
    assert ("jean.valjean" in page, "cosette" in page) == (True, False)
    assert "À vérifier 1" in said(desk.get("/access/entries/"))
    dashboard = desk.get("/")
    assert "Entrée à vérifier" in said(dashboard)
    assert entry.get_absolute_url() in dashboard.content.decode()
    tab = f"/clients/{entry.client.reference}/entries/?to_check=true"
    assert "jean.valjean" in said(desk.get(tab))


def test_it_settles_one_and_says_who(desk: Browser) -> None:
    entry = doubtful()
    url = f"{entry.get_absolute_url()}settle/"
    for _click in range(2):
        page = said(desk.post(url, follow=True))
    assert "La visite n’est plus à vérifier." in page
    entry.refresh_from_db()
    assert (entry.to_check, entry.anomalies) == (False, ["exit_missed"])
    told = Event.objects.get(entry=entry, kind="correction")
    assert "Visite vérifiée" in said(desk.get(f"/access/events/{told.pk}/"))
    assert "C’est vérifié" not in page


def test_it_settles_nothing_without_the_right(sign_in: SignIn) -> None:
    entry = doubtful()
    browser = sign_in(group="Lecture seule")
    assert browser.post(f"{entry.get_absolute_url()}settle/").status_code == 403
    assert "C’est vérifié" not in said(browser.get(entry.get_absolute_url()))


def kept(place: Zone | Device) -> dict[str, Any]:
    place.refresh_from_db()
    return {name: str(getattr(place, name) or "")[:5] for name in STAYS if hasattr(place, name)}


def test_a_zone_says_how_long_its_stays_last(desk: Browser) -> None:
    zone = make_zone("Site")
    assert "14 heures" in said(desk.get(zone.get_absolute_url()))
    page = desk.get(f"{zone.get_absolute_url()}edit/")
    shown = said(desk.post(f"{zone.get_absolute_url()}edit/", values(page) | STAYS, follow=True))
    assert kept(zone) == STAYS
    assert "20 heures · vide à 3 h" in shown
    page = desk.get(f"{zone.get_absolute_url()}edit/")
    assert values(page) | STAYS == values(page)


def test_a_device_has_its_own_seconds(desk: Browser) -> None:
    device, _token = make_device()
    page = desk.get(f"{device.get_absolute_url()}edit/")
    own = {name: STAYS[name] for name in ("repeat_seconds", "turn_seconds")}
    desk.post(f"{device.get_absolute_url()}edit/", values(page) | own)
    assert kept(device) == own


WRONG = {
    "repeat_seconds": ("601", "-1", "x"),
    "turn_seconds": ("3601",),
    "longest_stay": ("0", "8785"),
    "reset_at": ("25:00",),
}


def test_it_says_which_value_is_wrong(desk: Browser, subtests: pytest.Subtests) -> None:
    zone = make_zone("Site")
    url = f"{zone.get_absolute_url()}edit/"
    for name, texts in WRONG.items():
        for text in texts:
            with subtests.test(name=name, text=text):
                response = desk.post(url, values(desk.get(url)) | {name: text})
                assert response.status_code == 422
                assert f"id_{name}_error" in response.content.decode()


def test_administrators_set_them_too(sign_in: SignIn) -> None:
    admin = sign_in(is_staff=True, is_superuser=True)
    zone = make_zone("Site")
    url = f"/admin/access/zone/{zone.pk}/change/"
    page = admin.get(url)
    assert "Au-delà, la sortie a été oubliée" in page.content.decode()
    admin.post(url, values(page) | STAYS)
    assert kept(zone) == STAYS
