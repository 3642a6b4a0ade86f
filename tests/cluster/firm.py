"""The firm that is at work: a seeded one, with four gates of its own and four people at desks.

Run inside Fixaloop: `manage.py shell -c "from tests.cluster.firm import fill; fill(20_000)"`; its last line is JSON.
"""

import json
from datetime import timedelta
from decimal import Decimal
from typing import Any

from django.utils import timezone

from access.models import AccessCard
from access.services import provision_device
from clients.models import Client
from fixaloop.groups import DIRECTION
from interventions import services
from interventions.models import Intervention
from tests.bench import seeds
from tests.bench.keys import PASSWORD
from tests.factories import make_client, make_user

GATES, BADGES, DESKS = 4, 40, 4


def fill(clients: int) -> None:
    seeds.seed(clients)
    print(json.dumps({"gates": [gate(number) for number in range(GATES)], "desks": [desk(n) for n in range(DESKS)]}))


def gate(number: int) -> dict[str, Any]:
    """A zone of its own with a reader each way, and people with badges for it."""
    tokens = {way: provision_device(f"Porte {number} {way}", f"Site {number}", way, by=None) for way in ("in", "out")}
    now = timezone.now()
    today = timezone.localdate(now)
    badges = []
    for place in range(BADGES):
        holder = make_client(first_name="Porteur", last_name=f"Badge{number}x{place}")
        active = {"status_mode": "active", "status_reason": "essai", "status_at": now}
        Client.objects.filter(pk=holder.pk).update(**active, active_until=now + timedelta(days=30))
        badge = f"{number:02}{place:06}"
        card = AccessCard(client=holder, username=f"badge{badge}", kind="badge", badge_number=badge, valid_from=today)
        card.everywhere, card.valid_until = True, today + timedelta(days=1)
        card.derive()
        card.save()
        badges.append(badge)
    return {"tokens": tokens, "badges": badges}


def desk(number: int) -> dict[str, str]:
    """Somebody at a desk, and an intervention that is paid in many small parts."""
    name = f"desk{number}"
    person = make_user(username=name, group=DIRECTION)
    person.set_password(PASSWORD)
    person.save()
    client = make_client(first_name="Client", last_name=f"Comptoir{number}")
    labor = Decimal(50_000)
    job = services.create(Intervention(client=client, title="Longue réparation", labor_amount=labor), by=person)
    return {"username": name, "intervention": job.reference, "client": client.reference}
