"""The calendar’s pages: special days added, changed and withdrawn by who may, and shown where the zone is."""

from datetime import date, timedelta

import time_machine
from django.test import Client as Browser
from django.utils import timezone

from access.hours import parse_hours
from access.models import SpecialDay
from tests.access.factories import make_special_day, make_zone
from tests.conftest import SignIn
from tests.pages import find, read, said, values

NEW = "/access/calendar/new/"
CLOSURE = {"first_day": "24/12/2026", "last_day": "2026-12-31", "kind": "closed", "reason": "Congés"}


def test_a_closure_is_added_once_changed_and_withdrawn(desk: Browser) -> None:
    form = values(desk.get(NEW)) | CLOSURE
    response = desk.post(NEW, form, follow=True)
    assert "24 déc. 2026 – 31 déc. 2026" in said(response)
    assert "Toutes les zones" in said(response)
    desk.post(NEW, form)
    day = SpecialDay.objects.get()
    assert (day.first_day, day.last_day, day.zone, day.spans) == (date(2026, 12, 24), date(2026, 12, 31), None, [])
    edit = f"{day.get_absolute_url()}edit/"
    changed = values(desk.get(edit)) | {"kind": "open", "spans": "9h-12h et 14h-16h", "any_card_hour": "on"}
    page = said(desk.post(edit, changed, follow=True))
    assert "9 h–12 h, 14 h–16 h" in page
    assert "sans effet à ces heures" in page
    assert "Modification" in page
    assert desk.post(edit, changed | {"reason": "Autre"}).status_code == 409
    withdraw = f"{day.get_absolute_url()}withdraw/"
    assert desk.post(withdraw, {"reason": ""}).status_code == 422
    page = said(desk.post(withdraw, {"reason": "erreur de date"}, follow=True))
    assert "erreur de date" in page
    assert "Retiré" in page
    assert desk.post(withdraw, {"reason": "encore"}).status_code == 409
    again = values(desk.get(edit)) | {"reason": "Autre"}
    assert desk.post(edit, again).status_code == 422


def test_closing_forgets_the_hours_that_were_typed(desk: Browser) -> None:
    desk.post(NEW, CLOSURE | {"spans": "n’importe quoi", "any_card_hour": "on"})
    day = SpecialDay.objects.get()
    assert (day.spans, day.any_card_hour) == ([], False)
    opened = make_special_day(make_zone(), date(2026, 12, 5), hours="9h-12h")
    # Even a form without the field of hours closes.
    sent = {"first_day": "2026-12-05", "kind": "closed", "reason": "Travaux", "version": "1"}
    desk.post(f"{opened.get_absolute_url()}edit/", sent)
    opened.refresh_from_db()
    assert opened.spans == []


def test_it_says_what_is_wrong(desk: Browser) -> None:
    wrong = {
        "Le dernier jour est avant le premier.": {"last_day": "23/12/2026"},
        "Donnez les heures d’ouverture": {"kind": "open", "spans": ""},
        "« le matin »": {"kind": "open", "spans": "le matin"},
        "« lun 9h-12h »": {"kind": "open", "spans": "lun 9h-12h"},
        "indiquez-le.": {"reason": ""},
        "« 31/02/2026 »": {"first_day": "31/02/2026"},
    }
    for sentence, change in wrong.items():
        response = desk.post(NEW, CLOSURE | change)
        assert response.status_code == 422
        assert sentence in said(response)
    assert not SpecialDay.objects.exists()


def test_only_direction_changes_the_calendar(sign_in: SignIn) -> None:
    day = make_special_day(None, date(2026, 12, 24))
    for group in ("Accueil", "Gardien", "Lecture seule"):
        browser = sign_in(group=group)
        page = said(browser.get(day.get_absolute_url()))
        assert "Modifier" not in page
        for url in (NEW, f"{day.get_absolute_url()}edit/", f"{day.get_absolute_url()}withdraw/"):
            assert browser.get(url).status_code == 403
            assert browser.post(url, CLOSURE).status_code == 403
    assert sign_in(group="Technicien").get("/access/calendar/").status_code == 403


@time_machine.travel("2026-12-10T10:00:00+01:00", tick=False)
def test_the_list_tells_what_is_to_come_from_what_is_over(desk: Browser) -> None:
    shop = make_zone("Atelier", parent=make_zone("Site"))
    make_special_day(None, date(2026, 11, 2), reason="Pont")
    make_special_day(shop, date(2026, 12, 9), date(2026, 12, 10), reason="Inventaire")
    make_special_day(make_zone("Parking"), date(2026, 12, 20), hours="9h-12h", reason="Marché")

    def shown(query: str) -> list[str]:
        page = said(desk.get(f"/access/calendar/?{query}"))
        return [reason for reason in ("Pont", "Inventaire", "Marché") if reason in page]

    assert shown("state=coming") == ["Inventaire", "Marché"]
    assert shown("state=past") == ["Pont"]
    assert shown(f"zone={shop.pk}") == ["Pont", "Inventaire"]
    assert shown("q=mar") == ["Marché"]


@time_machine.travel("2026-12-10T10:00:00+01:00", tick=False)
def test_the_zone_page_says_which_days_differ(desk: Browser) -> None:
    site = make_zone("Site", hours=parse_hours("lun-ven 8h-18h"))
    shop = make_zone("Atelier", parent=site)
    make_special_day(site, date(2026, 12, 20), hours="9h-12h", reason="Portes ouvertes")
    make_special_day(make_zone("Parking"), date(2026, 12, 21), reason="Travaux")
    edit = f"/access/zones/{site.pk}/edit/"
    assert "Noël" not in said(desk.get(site.get_absolute_url()))
    page = said(desk.post(edit, values(desk.get(edit)) | {"closed_on_holidays": "on"}, follow=True))
    assert "lun-ven 8 h–18 h, sauf jours fériés" in page
    page = said(desk.get(shop.get_absolute_url()))
    for words in ("25 déc. 2026", "fermé · Noël", "20 déc. 2026", "9 h–12 h · Site : Portes ouvertes"):
        assert words in page
    assert "Travaux" not in page
    make_special_day(site, date(2026, 12, 25), hours="9h-12h", reason="Permanence")
    page = said(desk.get(shop.get_absolute_url()))
    assert "9 h–12 h · Site : Permanence" in page
    assert "Noël" not in page


def test_the_admin_follows_the_same_rules(sign_in: SignIn) -> None:
    zone = make_zone()
    browser = sign_in(is_superuser=True, is_staff=True)
    add = "/admin/access/specialday/add/"
    sent = {**CLOSURE, "first_day": "2026-12-24", "zone": zone.pk, "spans": "9h-12h"}
    assert browser.post(add, sent | {"last_day": "2026-12-01"}).status_code == 200
    browser.post(add, sent)
    day = SpecialDay.objects.get()
    assert (day.zone, day.spans, day.version) == (zone, [], 1)
    page = f"/admin/access/specialday/{day.pk}/change/"
    assert browser.post(f"/admin/access/specialday/{day.pk}/delete/", {"post": "yes"}).status_code == 403
    browser.post(page, values(browser.get(page)) | {"kind": "open", "spans": "9h-12h"})
    day.refresh_from_db()
    assert (day.spans, day.version) == ([["09:00", "12:00"]], 2)


def test_a_new_day_may_be_begun_from_its_zone(desk: Browser) -> None:
    zone = make_zone("Atelier")
    form = values(desk.get(f"{NEW}?zone={zone.pk}"))
    assert form["zone"] == str(zone.pk)
    assert form["kind"] == "closed"
    day = make_special_day(zone, timezone.localdate() + timedelta(days=1))
    assert find(desk.get(zone.get_absolute_url()), "href", day.get_absolute_url()) is not None
    assert read(desk.get(f"{NEW}?zone=abc")) is not None


def test_days_that_overlap_others_are_told_when_they_are_saved(desk: Browser) -> None:
    yard, other = make_zone("Cour"), make_zone("Dépôt")
    shed = make_zone("Remise", parent=yard)
    make_special_day(yard, date(2026, 12, 24), reason="Travaux")
    make_special_day(other, date(2026, 12, 24), reason="Ailleurs")
    page = said(desk.post(NEW, CLOSURE | {"zone": shed.pk}, follow=True))
    assert "Ces jours en croisent d’autres : 24 déc. 2026, Cour, fermé (Travaux)." in page.replace("\xa0", " ")
    assert "Ailleurs" not in page
    day = SpecialDay.objects.get(zone=shed)
    edit = f"{day.get_absolute_url()}edit/"
    page = said(desk.post(edit, values(desk.get(edit)) | {"last_day": "2027-01-02"}, follow=True))
    assert "Travaux" in page
    alone = said(desk.post(NEW, CLOSURE | {"first_day": "2027-03-01", "last_day": ""}, follow=True))
    assert "croisent" not in alone
