"""A small firm as a release kept it, in `release.json`: what `test_upgrade.py` brings to today.

On a release, with DATABASE_URL naming a file of SQLite that does not exist yet:

python manage.py shell --verbosity 0 --command "from tests.house.release import main; main()" > tests/house/release.json

fills the database through pages and commands, whose names do not change, and prints every row of it.
"""

import io
import json
import re
import tempfile
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import time_machine
from django.apps import apps
from django.contrib.auth.models import Group, User
from django.core.management import call_command
from django.core.serializers.json import DjangoJSONEncoder
from django.db import connection
from django.db.migrations.loader import MigrationLoader
from django.test import Client as Browser, override_settings

from tests.pages import field_errors, values

# When the firm was left as it is.
AT = datetime(2026, 11, 20, 9, 30, tzinfo=UTC)
PASSWORD = "correct horse battery staple"
FILE = "Prénom;Nom;E-mail;Ville\nLéa;Durand;lea@example.org;Lyon\nZoé;Blanc;zoe@example.org;Metz\n"
# Of those who are signed in, and who were.
PASSING = ("sessions",)
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.InMemoryStorage"},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}


def main() -> None:
    """Print the migrations, the secrets that only their owners know, and the rows of each table."""
    call_command("migrate", verbosity=0)
    before = AT - timedelta(hours=2)
    with override_settings(STORAGES=STORAGES, ALLOWED_HOSTS=["testserver"]), time_machine.travel(before) as clock:
        secrets = fill(clock)
    leaves = sorted(MigrationLoader(connection).graph.leaf_nodes())
    tables = ",\n".join(f"{as_json(label)}: {{{table}}}" for label, table in rows().items())
    print(f'{{"leaves": {as_json(leaves)},\n"secrets": {as_json(secrets)},\n"rows": {{\n{tables}\n}}}}')


def as_json(value: Any) -> str:
    return json.dumps(value, cls=DjangoJSONEncoder, ensure_ascii=False)


def rows() -> dict[str, str]:
    """The columns and the rows of each table that has any, as lines of JSON."""
    found = {}
    for model in apps.get_models(include_auto_created=True):
        names = [field.attname for field in model._meta.concrete_fields]
        held = ",\n".join(as_json(row) for row in model._base_manager.order_by("pk").values_list(*names))
        if held and model._meta.app_label not in PASSING:
            found[model._meta.label] = f'"columns": {as_json(names)},\n"rows": [\n{held}]'
    return found


def fill(clock: time_machine.Traveller) -> dict[str, str]:
    """A firm of some clients with work, cards, cars, stays and payments; the secrets that are told once."""
    browser = Browser()
    for name, group in (("odile", "Direction"), ("karim", "Technicien")):
        user = User.objects.create_user(name, password=PASSWORD, first_name=name.title(), last_name="Durand")
        user.groups.add(Group.objects.get(name=group))
    browser.force_login(User.objects.get(username="odile"))

    def send(path: str, *, form: str = "", **fields: str) -> str:
        """Fill in a form, of another page where `form` names it, and send it; the address of the page it leads to."""
        opened = browser.get(form or path)
        held = values(opened) if opened.status_code == 200 else {}
        response = browser.post(path, held | fields)
        assert response.status_code == 302, (path, response.status_code, field_errors(response))
        clock.shift(timedelta(seconds=10))
        return str(response["Location"])

    _add_clients(send)
    _add_jobs(send)
    secrets = _add_access(browser, send, clock)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "clients.csv"
        path.write_text(FILE, encoding="utf-8")
        call_command("import_clients", str(path), stdout=io.StringIO())
    send("/clients/CLT-005/merge/", other="CLT-006", confirm="1")
    call_command("anonymize_client", "CLT-007", stdout=io.StringIO())
    return secrets


def _add_clients(send: Any) -> None:
    person = {"kind": "individual", "language": "fr", "country": "FR"}
    send("/clients/new/", kind="company", company_name="Garage du Port", siret="40125156601475", email="g@example.org")
    send("/clients/new/", **person, first_name="Marie", last_name="Curie", company="CLT-001", phone="01 99 00 12 34")
    send("/clients/new/", **person, first_name="Paul", last_name="L’Haÿ <b>", email="paul@example.org", city="Évry")
    send("/clients/new/", **person, first_name="Inès", last_name="Parking", email="ines@example.org")
    for name in ("Jean", "Jeannot", "Oublié"):
        email = f"{name.lower().replace('é', 'e')}@example.org"
        send(
            "/clients/new/", **person, first_name=name, last_name="Deux", email=email, postal_code="69003", city="Lyon"
        )
    until = {"status_until": "2026-12-24", "status_reason": "parking"}
    send("/clients/CLT-004/status/", status_mode="active", **until)
    send("/clients/CLT-003/status/", status_mode="inactive", status_until="", status_reason="impayés")
    send("/clients/CLT-003/edit/", description="= pas une formule\nseconde ligne")
    send("/clients/templates/new/", **person, name="Abonnés", city="Rennes", postal_code="35000")


def _add_jobs(send: Any) -> None:
    technician = str(User.objects.get(username="karim").pk)
    slot = {"technician": technician, "planned_start": "2026-11-23T09:00", "planned_end": "2026-11-23T11:00"}
    for number, client in enumerate(("CLT-001", "CLT-001", "CLT-002", "CLT-003", "CLT-006", "CLT-007"), 1):
        amounts = {"quote_amount": "100", "parts_amount": "30,50", "labor_amount": "69,50"}
        send("/interventions/new/", client=client, title=f"Réparer la porte {number}", description="Bruit", **amounts)
    send("/interventions/INT-001/transition/", to="planned", **slot)
    for number in (2, 3, 4, 6):
        send(f"/interventions/INT-00{number}/transition/", to="in_progress")
    send("/interventions/INT-002/transition/", to="on_hold", reason="pièces")
    for number in (3, 6):
        send(f"/interventions/INT-00{number}/transition/", to="done", report="Gonds remplacés.")
    send("/interventions/INT-004/transition/", to="cancelled", reason="doublon")
    paid = {"method": "card", "paid_on": "2026-11-20"}
    send("/interventions/INT-003/payments/", kind="deposit", amount="120", **paid)
    send("/interventions/INT-003/payments/", kind="refund", amount="20", note="trop perçu", **paid)
    send("/interventions/INT-003/transition/", to="closed")
    send("/interventions/INT-001/payments/", kind="deposit", amount="10", **paid)


def _add_access(browser: Browser, send: Any, clock: time_machine.Traveller) -> dict[str, str]:
    token = io.StringIO()
    call_command("provision_device", "Barrière", "--zone=Cour", "--direction=in", stdout=token)
    way_out = io.StringIO()
    call_command("provision_device", "Sortie", "--zone=Cour", "--direction=out", stdout=way_out)
    hours = {"valid_from": "2026-11-01", "valid_until": "2027-11-01"}
    secrets = {"token": token.getvalue().strip(), "way_out": way_out.getvalue().strip()}
    for name, client in (("marie", "CLT-004"), ("deux", "CLT-005")):
        card = send("/access/cards/new/", client=client, username=name, kind="qr", **hours)
        shown = re.search(r'id="qr-value"[^>]*>([^<]+)<', browser.get(card).content.decode())
        assert shown is not None
        secrets[name] = shown[1].strip()
    badge = {"kind": "badge", "badge_number": "B-17"}
    send("/access/cards/new/", client="CLT-001", username="badge", **badge, **hours)
    send("/access/vehicles/new/", client="CLT-004", plate="AB-123-CD", country="FR", make="Renault", color="bleu")
    send("/access/tags/new/", name="VIP")
    for nonce, name, way in (("n1", "marie", "token"), ("n2", "marie", "way_out"), ("n3", "marie", "token")):
        scan(secrets[way], nonce, secrets[name])
        clock.shift(timedelta(minutes=5))
    scan(secrets["token"], "n4", "nobody's")
    entry = "/access/entries/1/"
    send(f"{entry}amount/", form=entry, amount_due="12,50", note="parking")
    send(f"{entry}payments/", form=entry, amount="5", method="cash", paid_on="2026-11-20", note="")
    return secrets


def scan(token: str, nonce: str, value: str) -> dict[str, Any]:
    """What a reader is answered."""
    body = json.dumps({"nonce": nonce, "type": "qr", "value": value})
    headers = {"Authorization": f"Bearer {token}"}
    response = Browser().post("/api/v1/reads", body, "application/json", headers=headers)
    assert response.status_code == 200, response.content
    return dict(response.json())
