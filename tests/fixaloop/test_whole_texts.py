"""No field of a page or of the admin makes the browser cut what is pasted into it."""

from django.test import Client as Browser

from tests.factories import make_client, person
from tests.pages import field_errors, parse, values

PAGES = (
    "/clients/new/",
    "/clients/CLT-001/edit/",
    "/interventions/new/",
    "/access/vehicles/new/",
    "/clients/templates/new/",
)


def test_no_field_has_a_length_that_cuts(desk: Browser, admin_client: Browser) -> None:
    make_client()
    for browser, page in (*((desk, page) for page in PAGES), (admin_client, "/admin/clients/client/add/")):
        response = browser.get(page)
        assert response.status_code == 200, page
        assert [node.get("name") for node in parse(response).iter() if node.get("maxlength")] == [], page


def test_the_server_says_what_is_too_long_and_keeps_it(desk: Browser) -> None:
    sent = {"street": "x" * 300, "description": "y" * 5314, "first_name": "z" * 151}
    response = desk.post("/clients/new/", person(**sent))
    assert response.status_code == 422
    for name, (length, limit) in {"street": (300, 255), "description": (5314, 5000), "first_name": (151, 150)}.items():
        assert str(length) in field_errors(response)[name]
        assert str(limit) in field_errors(response)[name]
        assert values(response)[name] == sent[name]
