"""Clients in Django's admin: the rules of the pages, and lists that cost the same at any size."""

from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test import Client as Browser
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from access.client.presets import keep_card_defaults
from access.models import CardDefaults
from clients import services
from clients.models import Client, ClientTemplate, FormerReference
from clients.services import merging
from fixaloop.admin import big_tables as fast
from tests.access.factories import make_zone
from tests.conftest import SignIn
from tests.factories import company, make_client, make_user, person
from tests.pages import find, links, said, text, values

LIST = "/admin/clients/client/"
ADD = "/admin/clients/client/add/"


def page(client: Client, action: str = "change") -> str:
    return f"/admin/clients/client/{client.pk}/{action}/"


def listed(response: Any) -> list[str]:
    return [client.reference for client in response.context["cl"].result_list]


def cells(response: Any) -> list[str]:
    """What the first row says, cell by cell."""
    table = find(response, "id", "result_list")
    assert table is not None
    return [text(cell) for cell in table.iter() if cell.get("class", "").startswith("field-")]


@pytest.fixture
def staff(sign_in: SignIn) -> Browser:
    return sign_in(is_staff=True, is_superuser=True, username="camille")


def test_it_lists_clients_with_their_reference_and_the_reason_of_their_status(staff: Browser) -> None:
    make_client(first_name="Ada", last_name="Lovelace", phone="+33639980012")
    assert cells(staff.get(LIST))[:6] == [
        "CLT-001", "Ada Lovelace", "Particulier", "Inactif — aucune intervention", "-", "06 39 98 00 12",
    ]  # fmt: skip


def test_it_counts_no_table_and_asks_as_much_for_one_row_as_for_many(staff: Browser) -> None:
    firm = make_client(company_name="Garage du Port")
    staff.get(LIST)
    with CaptureQueriesContext(connection) as one:
        staff.get(LIST)
    for number in range(60):
        make_client(last_name=f"Martin {number}", company=firm)
    with CaptureQueriesContext(connection) as many:
        response = staff.get(LIST)
    assert len(response.context["cl"].result_list) == 50
    assert len(many) == len(one) <= 6
    counts = [query["sql"] for query in many if "COUNT(" in query["sql"]]
    assert len(counts) == 1
    assert f"LIMIT {fast.DEPTH + 1}" in counts[0]


def test_it_stops_counting_and_says_so(staff: Browser, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fast, "DEPTH", 100)
    for number in range(3):
        make_client(last_name=f"Martin {number}")
    assert "3 clients" in said(staff.get(LIST))
    monkeypatch.setattr(fast, "DEPTH", 2)
    response = staff.get(f"{LIST}?q=martin")
    assert "plus de 2 clients" in said(response)
    assert "3 résultats" not in said(response)


def test_it_takes_the_size_of_a_big_table_from_the_statistics(staff: Browser, monkeypatch: pytest.MonkeyPatch) -> None:
    if connection.vendor != "postgresql":
        pytest.skip("SQLite keeps no such statistics")
    monkeypatch.setattr(fast, "DEPTH", 2)
    for number in range(5):
        make_client(last_name=f"Martin {number}")
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE clients_client")
    assert "environ 5 clients" in said(staff.get(LIST))
    assert "plus de 2 clients" in said(staff.get(f"{LIST}?kind__exact=individual"))


SEARCHES = ["curie", "CURIE mari", "marie@EXAMPLE.org", "06.39.98.00.12", "CLT-001", "clt 1", "MÀRIE"]


def test_it_searches_as_the_pages_do(staff: Browser, subtests: pytest.Subtests) -> None:
    make_client(first_name="Marie", last_name="Curie", email="marie@example.org", phone="+33639980012")
    make_client(first_name="Irène", last_name="Joliot")
    for query in SEARCHES:
        with subtests.test(query=query):
            assert listed(staff.get(LIST, {"q": query})) == ["CLT-001"]


def test_it_searches_one_column_without_folding_case_in_the_database(staff: Browser) -> None:
    with CaptureQueriesContext(connection) as queries:
        staff.get(LIST, {"q": "curie"})
    searched = [query["sql"] for query in queries if "search_text" in query["sql"] and "curie" in query["sql"]]
    assert len(searched) == 2
    assert not any("UPPER(" in sql or "ILIKE" in sql for sql in searched)


ANYTHING = ["x" * 201, "a\0b@c", "%", "_", "'", "' OR 1=1 --", "((", "\\", "99999999999999999999"]


def test_it_answers_any_search(staff: Browser, subtests: pytest.Subtests) -> None:
    make_client()
    for query in ANYTHING:
        with subtests.test(query=query):
            assert staff.get(LIST, {"q": query}).status_code == 200
            picker = {"app_label": "clients", "model_name": "client", "field_name": "company", "term": query}
            assert staff.get("/admin/autocomplete/", picker).status_code == 200


def test_it_filters_by_kind_language_and_status(staff: Browser) -> None:
    make_client(company_name="Garage du Port", language="de")
    make_client(status_mode="active", status_reason="Parking")
    assert listed(staff.get(LIST, {"kind__exact": "company"})) == ["CLT-001"]
    assert listed(staff.get(LIST, {"language__exact": "de"})) == ["CLT-001"]
    assert listed(staff.get(LIST, {"status": "active"})) == ["CLT-002"]
    assert listed(staff.get(LIST, {"status": "inactive"})) == ["CLT-001"]
    assert len(listed(staff.get(LIST, {"status": "peut-être"}))) == 2


SCANS = [{"description__icontains": "a"}, {"email": "a"}, {"search_text__regex": "(a+)+"}, {"kind__exact": "\0"}]


def test_it_refuses_filters_that_would_scan(staff: Browser, subtests: pytest.Subtests) -> None:
    for query in SCANS:
        with subtests.test(query=query):
            assert staff.get(LIST, query).status_code == 400


@pytest.mark.parametrize(("query", "order"), [("1", ["CLT-001", "CLT-002"]), ("-1", ["CLT-002", "CLT-001"])])
def test_it_sorts_by_reference_as_a_number(query: str, order: list[str], staff: Browser) -> None:
    make_client(last_name="Zola")
    make_client(last_name="Aron")
    assert listed(staff.get(LIST, {"o": query})) == order


def test_it_sorts_by_no_column_without_an_index(staff: Browser) -> None:
    with CaptureQueriesContext(connection) as queries:
        staff.get(LIST, {"o": "7"})
    assert not any("ORDER BY" in query["sql"] and '"city" ' in query["sql"].split("ORDER BY")[1] for query in queries)


ADDRESSES = ["p=0", "p=abc", "p=99999", "o=99", "o=--", "all=", "e=1", "_facets=1", "_popup=1"]


def test_it_answers_any_address(staff: Browser, subtests: pytest.Subtests) -> None:
    make_client()
    for query in ADDRESSES:
        with subtests.test(query=query):
            assert staff.get(f"{LIST}?{query}", follow=True).status_code == 200


NOBODY = ["0", "99999999999999999999999", "abc", "-1"]


def test_it_answers_for_clients_that_do_not_exist(staff: Browser, subtests: pytest.Subtests) -> None:
    for identifier in NOBODY:
        with subtests.test(identifier=identifier):
            assert staff.get(f"/admin/clients/client/{identifier}/change/").status_code == 302


def test_it_suggests_companies_alone_and_counts_no_table(staff: Browser) -> None:
    make_client(company_name="Garage du Port")
    make_client(last_name="Duport")
    picker = {"app_label": "clients", "model_name": "client", "field_name": "company", "term": "port"}
    with CaptureQueriesContext(connection) as queries:
        response = staff.get("/admin/autocomplete/", picker)
    assert [result["text"] for result in response.json()["results"]] == ["CLT-001 Garage du Port"]
    assert all("LIMIT" in query["sql"] for query in queries if "COUNT(" in query["sql"])


def test_it_lists_nobody_in_a_box(staff: Browser) -> None:
    firm = make_client(company_name="Garage du Port")
    client = make_client(company=firm)
    other = make_client(company_name="Serrurerie Lupin")
    body = staff.get(page(client)).content.decode()
    assert "Garage du Port" in body
    assert other.company_name not in body


def test_it_creates_through_the_same_rules_and_verbs_as_the_page(staff: Browser) -> None:
    typed = person(email=" Marie@Example.org ", phone="06.39.98.00.12", postal_code="57000", submission="")
    response = staff.post(ADD, typed)
    client = Client.objects.get()
    assert response["Location"] == LIST
    assert (client.reference, client.email, client.phone, client.city) == (
        "CLT-001", "marie@example.org", "+33639980012", "Metz",
    )  # fmt: skip
    assert client.history.get().history_user.username == "camille"


REFUSED = [
    (company(siret="401251566"), "siret", "est un SIREN (9 chiffres)"),
    (company(siret="40125156601476"), "siret", "est faux (clé de contrôle)"),
    (person(phone="12"), "phone", "est un numéro court"),
    (person(email="marie@"), "email", "n’est pas une adresse e-mail"),
    (person(last_name=""), "last_name", "un particulier a un prénom et un nom"),
    (person(last_name="Ta\0ble"), "last_name", "caractère"),
    (person(last_name="x" * 151), "last_name", "150 caractères"),
    (person(company="99999999"), "company", "choix valide"),
    (person(company="9" * 30), "company", "choix valide"),
    (person(company="JT"), "company", "choix valide"),
]


def test_it_refuses_with_a_sentence_beside_the_field(staff: Browser, subtests: pytest.Subtests) -> None:
    for typed, name, sentence in REFUSED:
        with subtests.test(name=name):
            response = staff.post(ADD, typed)
            assert response.status_code == 200
            assert sentence.lower() in " ".join(response.context["adminform"].form.errors[name]).lower()
            assert not Client.objects.exists()


NASTY = "<script>alert('x')</script>\"&amp;"


def test_it_shows_markup_as_text_everywhere(staff: Browser) -> None:
    texts = ("last_name", "street", "street_extra", "city", "description", "external_reference", "status_reason")
    typed = dict.fromkeys(texts, NASTY) | {"status_mode": "active", "first_name": "=1+1"}
    staff.post(ADD, person(**typed))
    client = Client.objects.get()
    staff.post(page(client), person(**typed | {"city": f"{NASTY}2"}))
    version = client.history.first().history_id
    for path in (
        LIST,
        page(client),
        page(client, "history"),
        page(client, f"history/{version}"),
        page(client, "delete"),
    ):
        response = staff.get(path)
        assert response.status_code == 200, path
        assert "<script>alert" not in response.content.decode(), path
        assert NASTY in said(response) or NASTY in values(response).values(), path


def test_it_creates_once_when_sent_twice(staff: Browser) -> None:
    token = values(staff.get(ADD))["submission"]
    staff.post(ADD, person(submission=token))
    again = staff.post(ADD, person(submission=token))
    assert again["Location"] == "/clients/CLT-001/"
    assert Client.objects.count() == 1


def test_it_creates_once_what_would_stand_in_its_own_way(staff: Browser) -> None:
    token = values(staff.get(ADD))["submission"]
    staff.post(ADD, person(submission=token, email="marie@example.org"))
    again = staff.post(ADD, person(submission=token, email="marie@example.org"))
    assert again["Location"] == "/clients/CLT-001/"
    assert Client.objects.count() == 1


def test_it_says_which_client_has_the_email_already(staff: Browser) -> None:
    make_client(email="marie@example.org")
    response = staff.post(ADD, person(email="MARIE@example.org"))
    assert links(response)["CLT-001 Camille Martin"] == "/clients/CLT-001/"


def test_it_reads_the_form_again_when_somebody_else_was_faster(staff: Browser, monkeypatch: pytest.MonkeyPatch) -> None:
    create = services.create_client

    def lose_the_race(client: Client, **options: Any) -> Client:
        monkeypatch.setattr(services, "create_client", create)
        make_client(email=client.email)
        return create(client, **options)

    monkeypatch.setattr(services, "create_client", lose_the_race)
    staff.post(ADD, person(email="marie@example.org"))
    assert Client.objects.filter(email="marie@example.org").count() == 1


def test_it_asks_before_taking_a_siret_twice(staff: Browser) -> None:
    make_client(company_name="École du Port", siret="40125156601475")
    typed = company(siret="401 251 566 01475")
    assert "a déjà ce SIRET" in said(staff.post(ADD, typed))
    assert staff.post(ADD, typed | {"confirm_duplicate": "on"}).status_code == 302


def test_it_keeps_the_author_and_both_values_of_a_change(staff: Browser) -> None:
    client = make_client(city="Metz")
    form = values(staff.get(page(client)))
    staff.post(page(client), form | {"kind": "individual", "city": "Nancy"})
    client.refresh_from_db()
    assert (client.city, client.version) == ("Nancy", 2)
    history = said(staff.get(page(client, "history")))
    assert "camille" in history
    assert "Metz" in history
    assert "Nancy" in history


def test_it_writes_nothing_when_nothing_changed(staff: Browser) -> None:
    client = make_client(phone="+33639980012", status_mode="active", status_reason="Parking")
    staff.post(page(client), values(staff.get(page(client))))
    client.refresh_from_db()
    assert client.version == 1
    assert client.history.count() == 1


def test_it_refuses_a_stale_page_and_keeps_what_was_typed(staff: Browser) -> None:
    client = make_client(city="Metz")
    form = values(staff.get(page(client)))
    client.description = "rappeler"
    services.update_client(client, by=None)
    response = staff.post(page(client), form | {"city": "Nancy"})
    assert "modifié par quelqu’un d’autre" in said(response)
    assert values(response)["city"] == "Nancy"
    assert Client.objects.get().city == "Metz"


def test_it_forces_a_status_with_its_author(staff: Browser) -> None:
    client = make_client()
    form = values(staff.get(page(client)))
    staff.post(page(client), form | {"status_mode": "active", "status_reason": "Parking mensuel"})
    client.refresh_from_db()
    assert client.status_by == User.objects.get(username="camille")
    assert "Parking mensuel" in text(find(staff.get(LIST), "id", "result_list"))


def test_it_shows_the_forced_status_only_to_who_may_not_force(sign_in: SignIn) -> None:
    client = make_client()
    browser = sign_in("clients.view_client", "clients.change_client", is_staff=True)
    form = values(browser.get(page(client)))
    assert "status_mode" not in form
    browser.post(page(client), form | {"city": "Metz", "status_mode": "active", "status_reason": "Parking"})
    client.refresh_from_db()
    assert (client.city, client.status_mode) == ("Metz", "automatic")


def test_it_creates_without_the_right_to_force(sign_in: SignIn) -> None:
    browser = sign_in("clients.view_client", "clients.add_client", is_staff=True)
    assert "status_mode" not in values(browser.get(ADD))
    browser.post(ADD, person(status_mode="active", status_reason="Parking"))
    assert Client.objects.get().status_mode == "automatic"


def test_it_never_takes_a_number_or_a_computed_column(staff: Browser) -> None:
    client = make_client()
    form = values(staff.get(page(client)))
    computed = {
        "number": "99",
        "reference": "CLT-099",
        "active_until": "2099-01-01",
        "sort_name": "x",
        "created_at": "x",
    }
    assert not computed.keys() & form.keys()
    staff.post(page(client), form | computed | {"city": "Metz"})
    assert Client.objects.get().reference == "CLT-001"


def test_it_shows_to_readers_and_changes_nothing_for_them(sign_in: SignIn) -> None:
    client = make_client(city="Metz")
    services.update_client(Client.objects.get(pk=client.pk), by=None)
    browser = sign_in("clients.view_client", is_staff=True)
    assert "Metz" in said(browser.get(page(client)))
    assert browser.get(ADD).status_code == 403
    version = client.history.last()
    past = page(client, f"history/{version.history_id}")
    assert browser.get(past).status_code == 200
    for path in (page(client), past, page(client, "delete")):
        assert browser.post(path, person(city="Nancy")).status_code == 403
    assert Client.objects.get().city == "Metz"


def test_it_shows_how_a_client_was_without_putting_it_back(staff: Browser) -> None:
    client = make_client(city="Metz")
    changed = Client.objects.get(pk=client.pk)
    changed.city = "Nancy"
    services.update_client(changed, by=None)
    past = page(client, f"history/{client.history.last().history_id}")
    assert "Metz" in said(staff.get(past))
    assert staff.post(past, person(city="Metz")).status_code == 403
    assert Client.objects.get().city == "Nancy"


def test_it_tells_changes_in_the_words_of_the_pages(staff: Browser) -> None:
    client = make_client(city="Metz")
    changed = Client.objects.get(pk=client.pk)
    changed.city, changed.country, changed.status_mode, changed.status_reason = "Nancy", "DE", "active", "Parking"
    services.update_client(changed, by=None)
    history = staff.get(page(client, "history"))
    table = find(history, "id", "change-history")
    assert table is not None
    assert text(table.find("thead")) == "Quand Qui Action Motif Modifications"
    shown = text(table)
    assert "Mode du statut : Automatique → Forcé actif" in shown
    assert "Pays : France → Allemagne" in shown
    assert "Motif du statut : — → Parking" in shown
    assert "None" not in shown
    past = staff.get(page(client, f"history/{client.history.last().history_id}"))
    assert "Historical" not in said(past)


def test_its_index_leaves_out_what_the_worker_keeps_for_itself(staff: Browser) -> None:
    assert "Task" not in said(staff.get("/admin/"))


KEYS = ["abc", "99999999999999999999999", "0", "-1", "1.5", "%00", "²"]


def test_it_says_that_there_is_no_history_of_what_never_was(staff: Browser, subtests: pytest.Subtests) -> None:
    for key in KEYS:
        with subtests.test(key=key):
            for path in (f"{LIST}{key}/history/", f"{LIST}{key}/history/1/"):
                response = staff.get(path)
                assert response.status_code in (302, 404), path
            assert "n’existe pas" in said(staff.get(f"{LIST}{key}/history/", follow=True))


def test_it_keeps_the_history_of_who_was_deleted(staff: Browser) -> None:
    client = make_client(city="Metz")
    path = page(client, "history")
    services.delete_client(client, by=None)
    assert "Effacé" in said(staff.get(path))


@pytest.mark.parametrize("key", ["abc", "1" + 30 * "0", "-1", "", "1.5"])
def test_it_takes_for_unticked_what_no_page_ticks(key: str, staff: Browser) -> None:
    client = make_client()
    action = {"action": "delete_selected", "post": "yes"}
    response = staff.post(LIST, action | {"_selected_action": [key]}, follow=True)
    assert response.status_code == 200
    assert "sélectionnés" in text(find(response, "class", "messagelist"))
    assert Client.objects.count() == 1
    staff.post(LIST, action | {"_selected_action": [key, str(client.pk)]})
    assert not Client.objects.exists()


def test_it_deletes_through_the_service(staff: Browser) -> None:
    client = make_client()
    staff.post(page(client, "delete"), {"post": "yes"})
    assert not Client.objects.exists()
    assert Client.history.first().history_user.username == "camille"


def test_it_refuses_to_delete_a_company_with_members(staff: Browser) -> None:
    firm = make_client(company_name="Garage du Port")
    make_client(company=firm)
    assert "1 client est rattaché à cette entreprise." in said(staff.get(page(firm, "delete")))
    staff.post(page(firm, "delete"), {"post": "yes"})
    assert Client.objects.count() == 2


def test_it_deletes_the_chosen_ones_or_none(staff: Browser) -> None:
    firm, alone = make_client(company_name="Garage du Port"), make_client()
    make_client(company=firm)
    action = {"action": "delete_selected", "post": "yes"}
    response = staff.post(LIST, action | {"_selected_action": [firm.pk, alone.pk]})
    assert "CLT-001 Garage du Port : 1 client est rattaché" in said(response)
    assert Client.objects.count() == 3
    staff.post(LIST, action | {"_selected_action": [alone.pk]})
    assert Client.objects.count() == 2


def test_it_deletes_no_more_than_a_page_at_once(staff: Browser) -> None:
    for number in range(101):
        make_client(last_name=f"Martin {number}")
    action = {"action": "delete_selected", "post": "yes", "select_across": "1", "_selected_action": ["1"]}
    assert "Au plus 100 clients à la fois" in said(staff.post(LIST, action))
    assert Client.objects.count() == 101


def test_it_tells_a_refusal_that_came_at_the_last_moment(staff: Browser, monkeypatch: pytest.MonkeyPatch) -> None:
    client = make_client()

    def refuse(*args: Any, **options: Any) -> None:
        raise services.Refused(["D’autres fiches dépendent de ce client."])

    monkeypatch.setattr(services, "delete_client", refuse)
    response = staff.post(page(client, "delete"), {"post": "yes"}, follow=True)
    assert "D’autres fiches dépendent de ce client." in said(response)
    action = {"action": "delete_selected", "post": "yes", "_selected_action": [client.pk]}
    assert "D’autres fiches dépendent de ce client." in said(staff.post(LIST, action, follow=True))


TEMPLATES = "/admin/clients/clienttemplate/"


def test_it_makes_and_changes_a_model_by_the_rules_of_its_form(staff: Browser) -> None:
    firm, yard = make_client(company_name="Garage du Port"), make_zone("Cour")
    typed = {
        "name": "Salariés", "kind": "individual", "company": firm.pk, "city": "Metz", "postal_code": "57000",
        "country": "FR", "language": "fr", "status_mode": "active", "status_reason": "", "card_days": "30",
        "card_zones": [yard.pk],
    }  # fmt: skip
    refused = staff.post(f"{TEMPLATES}add/", typed | {"postal_code": "abc"})
    assert "ce motif s’affiche" in said(refused)
    assert not ClientTemplate.objects.exists()
    staff.post(f"{TEMPLATES}add/", typed | {"status_reason": "Contrat"})
    template = ClientTemplate.objects.get()
    assert (template.company, template.city, template.status_mode) == (firm, "Metz", "active")
    assert (template.card_defaults.days, list(template.card_defaults.zones.all())) == (30, [yard])
    assert cells(staff.get(f"{TEMPLATES}?q=salar"))[-2:] == ["30", "Cour"]
    path = f"{TEMPLATES}{template.pk}/"
    form = values(staff.get(f"{path}change/"))
    assert form["card_days"] == "30"
    staff.post(
        f"{path}change/", typed | {"name": "Autres", "status_reason": "Contrat", "card_days": "", "card_zones": []}
    )
    assert (ClientTemplate.objects.get().name, CardDefaults.objects.count()) == ("Autres", 0)
    staff.post(f"{path}delete/", {"post": "yes"})
    assert not ClientTemplate.objects.exists()


def test_it_lists_models_at_the_same_cost_whatever_their_number(staff: Browser) -> None:
    def make() -> None:
        template = ClientTemplate.objects.create(name=f"Modèle {ClientTemplate.objects.count()}")
        keep_card_defaults(template, days=5, zones=[make_zone(template.name)])

    make()
    with CaptureQueriesContext(connection) as one:
        staff.get(TEMPLATES)
    make()
    make()
    with CaptureQueriesContext(connection) as three:
        assert staff.get(TEMPLATES).status_code == 200
    assert len(three) == len(one)


def test_it_shows_models_to_readers_and_forces_nothing_without_the_right(sign_in: SignIn) -> None:
    template = ClientTemplate.objects.create(name="Abonnés", status_mode="active", status_reason="Parking")
    keep_card_defaults(template, days=5, zones=[])
    path = f"{TEMPLATES}{template.pk}/change/"
    reader = sign_in("clients.view_clienttemplate", is_staff=True)
    assert "Sa carte est valable (jours) : 5" in said(reader.get(path))
    assert reader.post(path, {"name": "Autres"}).status_code == 403
    editor = sign_in("clients.view_clienttemplate", "clients.change_clienttemplate", is_staff=True)
    form = values(editor.get(path))
    assert not {"status_mode", "status_reason"} & form.keys()
    editor.post(path, form | {"name": "Autres", "status_mode": "inactive", "status_reason": "x", "kind": "individual"})
    template.refresh_from_db()
    assert (template.name, template.status_mode, template.status_reason) == ("Autres", "active", "Parking")


def test_it_shows_former_references_and_changes_none(staff: Browser) -> None:
    kept, lost = make_client(last_name="Curie"), make_client(last_name="Curie")
    merging.merge_clients(kept, lost, by=None)
    path = "/admin/clients/formerreference/"
    for query in ("", "?q=2", "?q=CLT-002"):
        assert cells(staff.get(path + query)) == ["CLT-002", "CLT-001 Camille Curie"]
    assert "0 anciennes références" in said(staff.get(f"{path}?q=abc"))
    former = FormerReference.objects.get()
    assert staff.post(f"{path}{former.pk}/delete/", {"post": "yes"}).status_code == 403
    assert staff.get(f"{path}add/").status_code == 403


def test_it_shows_people_and_groups_without_a_query_for_each_right(staff: Browser) -> None:
    user = make_user("clients.view_client", last_login=timezone.now())
    for path in (
        "/admin/auth/user/",
        f"/admin/auth/user/{user.pk}/change/",
        "/admin/auth/group/",
        "/admin/auth/group/1/change/",
    ):
        with CaptureQueriesContext(connection) as queries:
            assert staff.get(path).status_code == 200
        assert len(queries) <= 12, path
    assert listed_users(staff.get("/admin/auth/user/?q=camille&is_staff__exact=1")) == ["camille"]


def listed_users(response: Any) -> list[str]:
    return [user.username for user in response.context["cl"].result_list]
