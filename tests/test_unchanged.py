"""What is saved as it was opened makes no change, no version and no quarrel with a colleague."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest
from django.test import Client as Browser

from access.models import Event, Tag
from tests.access.factories import make_active_client, make_card, make_device, make_entry, make_vehicle, make_zone
from tests.conftest import SignIn
from tests.interventions.factories import make_intervention, make_technician
from tests.pages import values


def vehicle() -> Any:
    made = make_vehicle(make="Renault", color="bleu")
    made.tags.add(Tag.objects.create(name="VIP"))
    return made


def card() -> Any:
    made, _value = make_card(make_active_client(), username="zoe")
    made.zones.add(make_zone("Parking"))
    made.everywhere = False
    made.save()
    return made


def intervention() -> Any:
    return make_intervention(
        title="Porte", technician=make_technician(), quote_amount=Decimal("12.50"), description="a\nb"
    )


EDITED: dict[str, tuple[Callable[[], Any], dict[str, str]]] = {
    "vehicle": (vehicle, {"color": "rouge"}),
    "card": (card, {"username": "zoé"}),
    "zone": (lambda: make_zone("Parking", capacity=4), {"capacity": "5"}),
    "device": (lambda: make_device(name="Barrière")[0], {"name": "Barrière Nord"}),
    "intervention": (intervention, {"title": "Portail"}),
}


def test_an_amount_that_is_due_already_is_no_change(sign_in: SignIn) -> None:
    boss, entry = sign_in(group="Direction"), make_entry()
    told = []
    for amount, note in (("5,00", ""), ("5", ""), ("5,00", "remise"), ("5", "remise")):
        sent = {"amount_due": amount, "note": note, "submission": str(uuid4())}
        answer = boss.post(f"{entry.get_absolute_url()}amount/", sent, follow=True)
        told.append(("undo" in values(answer), Event.objects.filter(entry=entry, said="stay_amount").count()))
    assert told == [(True, 1), (False, 1), (False, 2), (False, 2)]


@pytest.mark.parametrize("name", EDITED)
def test_it_keeps_no_change_that_is_none(name: str, desk: Browser) -> None:
    make, change = EDITED[name]
    thing = make()
    url = f"{thing.get_absolute_url()}edit/"
    version, lines = thing.version, thing.history.count()
    opened = values(desk.get(url))
    assert desk.post(url, opened).status_code == 302
    thing.refresh_from_db()
    assert (thing.version, thing.history.count()) == (version, lines)
    for _time in range(2):
        assert desk.post(url, opened | change).status_code == 302
        thing.refresh_from_db()
        assert (thing.version, thing.history.count()) == (version + 1, lines + 1)
    assert desk.post(url, opened).status_code == 409
