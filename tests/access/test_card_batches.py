"""Many cards at once: ticked or a whole list, shown before, changed once, undone where nothing changed since."""

from datetime import date, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client as Browser
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from access import services
from access.models import AccessCard, Event, Tag
from clients.models import Client
from clients.privacy import anonymize_client
from fixaloop.declared import nightly as housekeeping
from fixaloop.models import ListBatch, ListBatchRow
from tests.access.factories import make_active_client, make_card
from tests.conftest import SignIn
from tests.pages import field_errors, find, parse, said, values
from tests.tables import left_of

pytestmark = pytest.mark.django_db
URL = "/access/cards/batches/"


def boxes(page: Any) -> list[str]:
    return [node.get("value", "") for node in parse(page).iter("input") if node.get("name") == "row"]


def preview(desk: Browser, action: str, *cards: AccessCard, **asked: Any) -> Any:
    sent = {"action": action, "row": [str(card.pk) for card in cards], "list": "/access/cards/"}
    return desk.post(URL, sent | asked | ({"asked": "1"} if asked else {}))


def confirmed(desk: Browser, page: Any) -> str:
    """The address of the batch of a preview that is confirmed twice."""
    sent = values(page)
    assert sent["confirm"] == "1"
    done = desk.post(URL, sent)["Location"]
    assert desk.post(URL, sent)["Location"] == done
    assert ListBatch.objects.count() == 1
    return done


def whole_list(desk: Browser, action: str, query: str = "", **asked: Any) -> Any:
    page = desk.get(f"/access/cards/{query}")
    return desk.post(URL, {"action": action, "all": "1", "list": values(page)["list"]} | asked)


def test_only_those_who_may_change_cards_have_boxes(desk: Browser, sign_in: SignIn) -> None:
    card, _value = make_card()
    assert boxes(desk.get("/access/cards/")) == [str(card.pk)]
    assert boxes(desk.get(f"{card.client.get_absolute_url()}cards/")) == [str(card.pk)]
    reader = sign_in("access.view_accesscard")
    assert boxes(reader.get("/access/cards/")) == []
    assert find(reader.get("/access/cards/"), "id", "ticked") is None
    for answer in (reader.get(URL), preview(reader, "resume", card), reader.get(f"{URL}1/")):
        assert answer.status_code == 403


def test_the_preview_changes_nothing_and_says_what_will(desk: Browser) -> None:
    short, long = (make_card(username=name)[0] for name in ("courte", "longue"))
    AccessCard.objects.filter(pk=long.pk).update(valid_until=date(2099, 1, 1), last_day=date(2099, 1, 1))
    endless = make_card(username="sansfin", valid_until=None)[0]
    page = preview(desk, "extend", short, long, endless)
    assert "Voir ce qui changera" in said(page)
    assert "Confirmer" not in said(page)
    page = preview(desk, "extend", short, long, endless, valid_until="2098-06-30")
    told = said(page)
    assert "1 ligne change, 1 reste comme elle est, 1 est refusée" in told
    assert "jusqu’au 30/06/2098" in told
    assert "Déjà valable plus longtemps : ce jour la raccourcirait. (1) longue" in told
    assert set(AccessCard.objects.values_list("version", flat=True)) == {1}


def test_it_is_done_once_with_history_and_events(desk: Browser) -> None:
    cards = [make_card()[0] for _serial in range(3)]
    day = timezone.localdate() + timedelta(days=400)
    events = Event.objects.count()
    done = confirmed(desk, preview(desk, "extend", *cards, valid_until=day.isoformat()))
    assert "C’est fait : 3 cartes" in said(desk.get(done))
    for card in AccessCard.objects.all():
        assert (card.valid_until, card.last_day, card.version) == (day, day, 2)
        last = card.history.latest()
        assert (last.valid_until, last.history_user.username) == (day, "odile")
        assert card.client.last_card_day == day
    told = Event.objects.order_by("-pk")[:3]
    assert Event.objects.count() == events + 3
    assert {event.actor.username for event in told if event.actor} == {"odile"}
    assert {event.card_id for event in told} == {card.pk for card in cards}


def test_months_count_from_each_last_day_or_from_today(desk: Browser) -> None:
    later = make_card(valid_until=date(2098, 1, 31))[0]
    over = make_card(valid_until=timezone.localdate() - timedelta(days=2))[0]
    confirmed(desk, preview(desk, "extend", later, over, months="1 mois"))
    later.refresh_from_db()
    over.refresh_from_db()
    assert later.valid_until == date(2098, 2, 28)
    assert over.valid_until is not None
    assert timedelta(days=27) < over.valid_until - timezone.localdate() < timedelta(days=32)


@pytest.mark.parametrize(
    "asked", [{"valid_until": "", "months": ""}, {"valid_until": "2098-01-01", "months": "3"}, {"months": "500"}]
)
def test_what_makes_no_sense_is_said_and_the_choice_is_kept(desk: Browser, asked: dict[str, str]) -> None:
    card, _value = make_card()
    page = preview(desk, "extend", card, **asked)
    assert page.status_code == 422
    assert field_errors(page)
    assert values(page)["keys"] == f"{card.pk}:1"


def test_cards_are_suspended_with_a_reason_and_put_back(desk: Browser) -> None:
    cards = [make_card()[0] for _serial in range(2)]
    lost = make_card()[0]
    services.change_card_status(lost, "lost", by=None)
    assert field_errors(preview(desk, "suspend", *cards, reason=" "))
    page = preview(desk, "suspend", *cards, lost, reason="Travaux")
    assert "Une carte perdue ne peut plus changer ainsi" in said(page)
    done = confirmed(desk, page)
    assert "Refusées (1)" in said(desk.get(done))
    assert AccessCard.objects.filter(status="suspended", status_reason="Travaux").count() == 2
    assert Client.objects.filter(card_suspended=True).count() == 2
    page = preview(desk, "resume", *cards, lost)
    assert "Perdue : remettez-la en service depuis sa page" in said(page)
    desk.post(URL, values(page))
    assert AccessCard.objects.filter(status="active", status_reason="").count() == 2
    lost.refresh_from_db()
    assert lost.status == "lost"


def test_a_tag_is_added_and_removed(desk: Browser) -> None:
    tag, other = (Tag.objects.create(name=name) for name in ("VIP", "Flotte"))
    bare, tagged = make_card()[0], make_card(tags=[tag, other])[0]
    page = preview(desk, "add-tag", bare, tagged, tag=str(tag.pk))
    assert "1 ligne change, 1 reste comme elle est" in said(page)
    done = confirmed(desk, page)
    assert set(bare.tags.all()) == {tag}
    desk.post(values_url(desk, done))
    assert not bare.tags.exists()
    desk.post(URL, values(preview(desk, "remove-tag", bare, tagged, tag=str(tag.pk))))
    assert set(tagged.tags.all()) == {other}


def values_url(desk: Browser, done: str) -> str:
    """Where the button of a batch that undoes it leads."""
    forms = [form.get("action", "") for form in parse(desk.get(done)).iter("form")]
    return next(action for action in forms if action.endswith("undo/"))


def test_it_is_undone_where_nothing_changed_since(desk: Browser) -> None:
    one, other = (make_card(username=name)[0] for name in ("intacte", "touchée"))
    done = confirmed(desk, preview(desk, "suspend", one, other, reason="Travaux"))
    other.refresh_from_db()
    services.change_card_status(other, "revoked", by=None)
    undo = values_url(desk, done)
    assert desk.post(undo)["Location"] == done
    one.refresh_from_db()
    other.refresh_from_db()
    assert (one.status, one.status_reason, other.status) == ("active", "", "revoked")
    page = said(desk.get(done))
    assert "1 carte" in page
    assert "Modifiées depuis : elles restent comme elles sont touchée" in page
    version = one.version
    desk.post(undo)
    one.refresh_from_db()
    assert one.version == version


def test_a_card_that_changed_after_the_preview_is_left_alone(desk: Browser) -> None:
    card, other = make_card()[0], make_card()[0]
    page = preview(desk, "suspend", card, other, reason="Travaux")
    services.change_card_status(card, "lost", by=None)
    done = confirmed(desk, page)
    card.refresh_from_db()
    other.refresh_from_db()
    assert (card.status, other.status) == ("lost", "suspended")
    assert "Modifié par quelqu’un d’autre depuis l’aperçu" in said(desk.get(done))


def test_a_whole_list_is_its_filters_and_no_more(desk: Browser) -> None:
    badges = [make_card(kind="badge", badge_number=f"000{number}")[0] for number in range(3)]
    code = make_card()[0]
    page = whole_list(desk, "suspend", "?kind=badge", asked="1", reason="Perdus")
    assert "Suspendre : 3 cartes" in said(page)
    confirmed(desk, page)
    assert set(AccessCard.objects.filter(status="suspended")) == set(badges)
    code.refresh_from_db()
    assert code.status == "active"


def test_the_tab_of_a_client_takes_its_cards_alone(desk: Browser) -> None:
    client = make_active_client()
    own = make_card(client)[0]
    make_card()
    address = values(desk.get(f"{client.get_absolute_url()}cards/"))["list"]
    page = desk.post(URL, {"action": "suspend", "all": "1", "list": address, "asked": "1", "reason": "x"})
    assert values(page)["keys"] == f"{own.pk}:1"


def test_too_many_at_once_is_said(desk: Browser, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("fixaloop.lists.batch_pages.MOST", 2)
    for _serial in range(3):
        make_card()
    page = whole_list(desk, "resume")
    assert page.status_code == 422
    assert "Cette liste dépasse 2 lignes : affinez les filtres" in said(page)


@pytest.mark.parametrize("address", ["/clients/", "/nowhere/", "/access/cards/?nonsense=1", "/", ""])
def test_a_list_of_something_else_is_no_choice(desk: Browser, address: str) -> None:
    make_card()
    assert desk.post(URL, {"action": "resume", "all": "1", "list": address}).status_code in (404, 422)


def test_nothing_ticked_is_said_and_an_unknown_action_is_none(desk: Browser) -> None:
    page = desk.post(URL, {"action": "resume", "list": "//elsewhere.example/", "row": ["x", "0", "9" * 30]})
    assert page.status_code == 422
    assert "elsewhere" not in page.content.decode()
    assert desk.post(URL, {"action": "nonsense"}).status_code == 404


def test_a_batch_costs_the_same_whatever_its_rows(desk: Browser) -> None:
    def cost(*cards: AccessCard) -> int:
        sent = values(preview(desk, "suspend", *cards, reason="Travaux"))
        with CaptureQueriesContext(connection) as queries:
            desk.post(URL, sent)
        return len(queries)

    one = cost(make_card()[0])
    # The search words of clients are written only where they differ.
    assert cost(*[make_card()[0] for _serial in range(6)]) <= one


def test_what_a_batch_keeps_is_forgotten_with_the_client_and_after_a_week(desk: Browser) -> None:
    card, _value = make_card()
    services.change_card_status(card, "suspended", reason="Pour Zorglub", by=None)
    done = confirmed(desk, preview(desk, "resume", card))
    assert "Remettre en service" in said(desk.get(URL))
    assert left_of(("zorglub",))
    anonymize_client(Client.objects.get(), by=None)
    assert left_of(("zorglub",)) == []
    desk.post(values_url(desk, done))
    assert "elles restent comme elles sont" in said(desk.get(done))
    housekeeping.run(timezone.now() + timedelta(days=8))
    assert not ListBatchRow.objects.exists()
    assert desk.get(done).status_code == 404
