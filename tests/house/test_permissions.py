"""The ready-made groups: what they hold, and what that opens."""

import pytest
from django.contrib.auth.models import Group

from tests.conftest import SignIn
from tests.factories import make_client
from tests.interventions.factories import make_intervention
from tests.pages import read

D, A, T, G, L = GROUPS = ("Direction", "Accueil", "Technicien", "Gardien", "Lecture seule")
EVERYBODY = set(GROUPS)

REPORTS = {"clients.export_reports"}
STATEMENTS = {"clients.view_statement", "clients.export_statement"}
TILL = {f"interventions.{name}" for name in ("view_closing", "add_closing", "export_ledgerpayment")}
RIGHTS = {
    D: {
        "clients.view_client",
        "clients.add_client",
        "clients.change_client",
        "clients.delete_client",
        "clients.export_client",
        "clients.force_status",
        "clients.review_client",
        "clients.merge_client",
        "clients.forget_client",
        "interventions.view_intervention",
        "interventions.add_intervention",
        "interventions.change_intervention",
        "interventions.export_intervention",
        "interventions.view_interventionpayment",
        "interventions.add_interventionpayment",
        "interventions.delete_intervention",
        "interventions.reopen_intervention",
        *TILL,
        *STATEMENTS,
        *REPORTS,
    },
    A: {
        "clients.view_client",
        "clients.add_client",
        "clients.change_client",
        "clients.export_client",
        "clients.force_status",
        "clients.review_client",
        "interventions.view_intervention",
        "interventions.add_intervention",
        "interventions.change_intervention",
        "interventions.export_intervention",
        "interventions.view_interventionpayment",
        "interventions.add_interventionpayment",
        *TILL,
        *STATEMENTS,
        *REPORTS,
    },
    T: {"clients.view_client", "interventions.view_intervention", "interventions.change_own_intervention"},
    G: {"clients.view_client"},
    L: {
        "clients.view_client",
        "interventions.view_intervention",
        "interventions.view_interventionpayment",
        "interventions.view_closing",
    },
}

ABSENCES = {f"interventions.{verb}_absence" for verb in ("view", "add", "change", "delete")}
PLACES = {"access.view_zone", "access.view_specialday", "access.view_device", "access.view_tag"}
GATE = PLACES | {f"access.view_{name}" for name in ("vehicle", "accesscard", "entry", "event")}
DESK = (
    GATE
    | {f"access.{verb}_{name}" for verb in ("add", "change") for name in ("vehicle", "accesscard", "entry", "tag")}
    | {f"access.export_{name}" for name in ("vehicle", "accesscard", "entry", "event")}
    | {"access.use_control", "access.view_payment", "access.add_payment"}
)
CORRECTING = {f"access.{name}" for name in ("correct_entry", "view_rollcall", "lead_rollcall", "mark_rollcall")}
TEMPLATES = {f"clients.{verb}_clienttemplate" for verb in ("view", "add", "change", "delete")}
IMPORTS = {"fixaloop.view_importbatch", "fixaloop.add_importbatch"}
MORE = {
    D: DESK
    | {f"access.{verb}_{name}" for verb in ("add", "change", "delete") for name in ("zone", "device")}
    | {"access.add_specialday", "access.change_specialday"}
    | {"access.view_tariff", "access.add_tariff", "access.change_tariff"}
    | {f"access.delete_{name}" for name in ("vehicle", "accesscard", "entry", "tag")}
    | TEMPLATES
    | IMPORTS
    | ABSENCES
    | {"auth.view_user", "auth.add_user", "auth.change_user", "interventions.change_own_intervention"}
    | {"fixaloop.undo_importbatch", "fixaloop.share_savedview", "fixaloop.change_firm"}
    | {"fixaloop.view_auditentry", "fixaloop.export_auditentry"}
    | CORRECTING,
    A: DESK | {"access.view_tariff"} | TEMPLATES | IMPORTS | ABSENCES | CORRECTING,
    T: {"access.view_vehicle", "access.mark_rollcall"},
    G: GATE | {"access.use_control"} | CORRECTING,
    L: GATE | {"access.view_payment", "access.view_tariff", "clients.view_clienttemplate"},
}

OPEN_TO = {
    "/": EVERYBODY,
    "/clients/": EVERYBODY,
    "/clients/?status=active": EVERYBODY,
    "/clients/pick/": EVERYBODY,
    "/clients/towns/": EVERYBODY,
    "/clients/CLT-001/": EVERYBODY,
    "/clients/CLT-001/members/": EVERYBODY,
    "/clients/CLT-001/history/": EVERYBODY,
    "/accounts/": {D},
    "/journal/": {D},
    "/journal/export/": {D},
    "/accounts/new/": {D},
    "/clients/export/": {D, A},
    "/clients/CLT-001/members/export/": {D, A},
    "/clients/new/": {D, A},
    "/clients/CLT-001/edit/": {D, A},
    "/clients/CLT-001/status/": {D, A},
    "/clients/CLT-001/review/": {D, A},
    "/clients/review/": {D, A},
    "/clients/CLT-001/delete/": {D},
    "/clients/CLT-001/merge/": {D},
    "/clients/CLT-001/interventions/": {D, A, T, L},
    "/clients/CLT-001/interventions/export/": {D, A},
    "/clients/CLT-001/statement/": {D, A},
    "/clients/CLT-001/statement/export/": {D, A},
    "/clients/CLT-001/statement/pdf/": {D, A},
    "/interventions/": {D, A, T, L},
    "/clients/due/": {D},
    "/clients/due/export/": {D},
    "/clients/due/forget/?all=1": {D},
    "/reports/": EVERYBODY,
    "/reports/export/": {D, A},
    "/reports/amounts/export/": {D, A},
    "/payments/": {D, A, L},
    "/payments/export/": {D, A},
    "/payments/statements/": {D, A},
    "/payments/statements/export/": {D, A},
    "/payments/closing/": {D, A, L},
    "/payments/closings/": {D, A, L},
    "/interventions/planning/": {D, A, T, L},
    "/interventions/planning/day/": {D, A, T, L},
    "/interventions/planning/month/": {D, A, T, L},
    "/interventions/planning/absences/": {D, A},
    "/interventions/planning/absences/new/": {D, A},
    "/interventions/export/": {D, A},
    "/interventions/new/": {D, A},
    "/interventions/vehicles/?client=CLT-001": EVERYBODY,
    "/interventions/INT-001/": {D, A, T, L},
    "/interventions/INT-001/sheet/": {D, A, T, L},
    "/interventions/INT-001/edit/": {D, A},
    "/interventions/INT-001/slot/": {D, A},
    "/interventions/INT-001/transition/?to=planned": {D, A},
    "/interventions/INT-001/delete/": {D},
    **{f"/access/{name}/": {D, A, G, L} for name in ("entries", "events", "cards", "zones", "devices", "tags")},
    "/access/vehicles/": EVERYBODY,
    **{f"/access/{name}/export/": {D, A} for name in ("entries", "events", "cards", "vehicles", "tags")},
    **{f"/access/{name}/export/": {D} for name in ("zones", "devices")},
    **{f"/access/{name}/new/": {D, A} for name in ("cards", "vehicles", "tags", "events")},
    **{f"/access/{name}/new/": {D} for name in ("zones", "devices")},
    **{f"/clients/CLT-001/{name}/": {D, A, G, L} for name in ("entries", "events", "cards")},
    "/clients/CLT-001/vehicles/": EVERYBODY,
    **{f"/clients/CLT-001/{name}/export/": {D, A} for name in ("entries", "events", "cards", "vehicles")},
}


pytestmark = [pytest.mark.django_db, pytest.mark.any_database]


def test_it_has_these_groups() -> None:
    assert set(Group.objects.values_list("name", flat=True)) == EVERYBODY


@pytest.mark.parametrize("name", GROUPS)
def test_it_gives_each_group_its_rights_and_no_more(name: str) -> None:
    granted = Group.objects.get(name=name).permissions.values_list("content_type__app_label", "codename")
    assert {f"{app_label}.{codename}" for app_label, codename in granted} == RIGHTS[name] | MORE[name]


@pytest.mark.parametrize("name", GROUPS)
def test_it_opens_these_pages_to_each_group(name: str, sign_in: SignIn, subtests: pytest.Subtests) -> None:
    make_intervention()
    browser = sign_in(group=name)
    for url, groups in OPEN_TO.items():
        with subtests.test(url=url):
            response = browser.get(url)
            read(response)
            assert response.status_code == (200 if name in groups else 403)


def test_it_does_not_show_what_one_may_not_do(sign_in: SignIn) -> None:
    make_client(company_name="Serrurerie Lupin")
    hidden = {
        "/clients/": ("/clients/new/", "/clients/export/"),
        "/clients/CLT-001/": ("/edit/", "/status/", "/delete/", "/merge/"),
        "/clients/CLT-001/members/": ("/clients/new/", "/export/"),
        "/": ("/clients/new/", "/admin/"),
    }
    for url, addresses in hidden.items():
        shown = sign_in(group="Lecture seule").get(url).content.decode()
        assert [address for address in addresses if address in shown] == []


def test_it_shows_what_one_may_do(sign_in: SignIn) -> None:
    make_client(company_name="Serrurerie Lupin")
    browser = sign_in(group="Direction", is_staff=True)
    offered = {
        "/clients/": ("/clients/new/", "/clients/export/"),
        "/clients/CLT-001/": ("/edit/", "/status/", "/delete/", "/merge/"),
        "/clients/CLT-001/members/": ("/clients/new/", "/members/export/"),
        "/": ("/clients/new/", "/admin/"),
    }
    for url, addresses in offered.items():
        shown = browser.get(url).content.decode()
        assert [address for address in addresses if address not in shown] == []
