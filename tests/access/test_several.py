"""Filters that take several values: any of them may match, on the page and in the file."""

from typing import Any

import pytest
from django.test import Client as Browser

from access.models import Tag
from fixaloop.lists import figures
from tests.access.factories import make_active_client, make_card, make_device, make_event, make_zone
from tests.pages import records, values

URL = "/access/events/"


def kinds(desk: Browser, **query: Any) -> set[str]:
    shown = desk.get(URL, query).context["list"]
    assert shown.errors == []
    return {event.kind for event in shown.pager.page.rows}


@pytest.fixture
def three(db: None) -> dict[str, Any]:
    """An entry, an exit and a refusal, each with a device, card, tag and zone of its own."""
    made: dict[str, Any] = {"client": make_active_client()}
    for kind in ("entry", "exit", "refused"):
        zone, tag = make_zone(), Tag.objects.create(name=f"Tag {kind}")
        device, _token = make_device(zone)
        card, _value = make_card(made["client"])
        event = make_event(made["client"], kind, zone=zone, device=device, card=card)
        event.tags.add(tag)
        made[kind] = {"device": device.pk, "card": card.username, "tag": tag.pk, "zone": zone.pk, "kind": kind}
    return made


def test_any_of_several_values_matches(three: dict[str, Any], desk: Browser) -> None:
    for name in ("kind", "device", "card", "tag", "zone"):
        first, second = three["entry"][name], three["exit"][name]
        own = {"kind": ["entry", "exit", "refused"]} if name != "kind" else {}
        assert kinds(desk, **own, **{name: [first, second]}) == {"entry", "exit"}, name
        assert kinds(desk, **own, **{name: first}) == {"entry"}, name
        tab = desk.get(
            f"{three['client'].get_absolute_url()}events/", {name: [first, second], "kind": ["entry", "exit"]}
        )
        assert len(tab.context["list"].pager.page.rows) == 2
    assert len(records(desk.get(f"{URL}export/?kind=entry&kind=exit"))) == 2
    both = f"{three['entry']['card']}, {three['exit']['card']}"
    assert kinds(desk, card=both, kind=["entry", "exit", "refused"]) == {"entry", "exit"}


def test_a_choice_made_after_the_list_was_looked_at_is_one(
    three: dict[str, Any], desk: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(figures, "KEPT", 10**9)
    desk.get(f"{URL}?tag={three['entry']['tag']}")
    tag = Tag.objects.create(name="Nouveau")
    shown = desk.get(f"{URL}?tag={tag.pk}").context["list"]
    assert shown.errors == []
    assert [token.value for token in shown.tokens] == ["Nouveau"]


def test_each_value_is_taken_away_by_itself(three: dict[str, Any], desk: Browser) -> None:
    tokens = desk.get(f"{URL}?kind=entry&kind=exit&sort=at").context["list"].tokens
    assert [(token.value, token.remove_url) for token in tokens] == [
        ("Entrée", f"{URL}?sort=at&kind=exit"),
        ("Sortie", f"{URL}?sort=at&kind=entry"),
    ]
    names = [three["entry"]["card"], three["exit"]["card"]]
    tokens = desk.get(URL, {"card": names}).context["list"].tokens
    assert [token.value for token in tokens] == names
    assert values(desk.get(URL, {"card": names}))["card"] == ", ".join(names)


def test_a_value_without_sense_among_others_is_told(three: dict[str, Any], desk: Browser) -> None:
    for query, told in (
        ("kind=entry&kind=zzz", "«\u00a0zzz\u00a0» n’est pas un choix"),
        ("card=zzz", "«\u00a0zzz\u00a0» n’existe pas"),
        ("kind=entry&after=2026-01-01&after=2026-01-02", "«\u00a0after\u00a0» est donné plusieurs fois"),
    ):
        response = desk.get(f"{URL}?{query}")
        assert response.status_code == 200
        assert told in " ".join(response.context["list"].errors)


def test_it_says_which_of_several_filters_hides_everything(three: dict[str, Any], desk: Browser) -> None:
    page = desk.get(f"{URL}?kind=payment&kind=note&client={three['client'].reference}")
    assert "Type\u00a0: Paiement, Note" in page.content.decode()
