"""The list of clients: filters, tokens, sort, figures, and what it says when it is empty."""

from datetime import UTC, datetime, timedelta

import pytest
from django.test import Client as Browser
from django.utils import timezone

from tests.conftest import SignIn
from tests.factories import make_client
from tests.pages import find, links, parse, records, rows, said, text, values

pytestmark = pytest.mark.each_database

SIRET = "40125156601475"


@pytest.fixture
def firm(db: None) -> None:
    """Six clients: two companies, of whom one forced active and complete; three people; one person of a company."""
    at = datetime(2026, 11, 21, 9, tzinfo=UTC)
    garage = make_client(
        company_name="Garage du Port",
        siret=SIRET,
        email="garage@example.org",
        phone="+33199001234",
        postal_code="17000",
        city="La Rochelle Cedex 2",
        status_mode="active",
        status_reason="abonné",
        at=at,
    )
    make_client(company_name="Ébénisterie", city="Évry", postal_code="91000", at=at + timedelta(hours=1))
    make_client(last_name="Zola", first_name="Émile", company=garage, city="La Rochelle", postal_code="17000", at=at)
    make_client(last_name="eluard", first_name="Paul", language="de", country="DE", city="Berlin", postal_code="10115")
    make_client(last_name="Éluard", first_name="Gala", email="gala@example.org", phone="+33199005678")


GARAGE, EBENISTERIE, ZOLA, PAUL, GALA = "Garage du Port", "Ébénisterie", "Émile Zola", "Paul eluard", "Gala Éluard"


SHOWN = [
    ("", [GARAGE, EBENISTERIE, GALA, PAUL, ZOLA]),
    ("status=active", [GARAGE]),
    ("status=inactive", [EBENISTERIE, GALA, PAUL, ZOLA]),
    ("kind=company", [GARAGE, EBENISTERIE]),
    ("kind=individual", [GALA, PAUL, ZOLA]),
    ("company=CLT-001", [ZOLA]),
    ("company=clt1", [ZOLA]),
    ("company=CLT-002", []),
    ("city=la rochelle", [GARAGE, ZOLA]),
    ("city=LA-ROCHELLE CEDEX", [GARAGE, ZOLA]),
    ("city=evry", [EBENISTERIE]),
    ("city=rochelle", []),
    ("postal_code=17", [GARAGE, ZOLA]),
    ("postal_code=17000", [GARAGE, ZOLA]),
    ("postal_code=91", [EBENISTERIE]),
    ("language=de", [PAUL]),
    ("incomplete=true", [EBENISTERIE, PAUL, ZOLA]),
    ("kind=individual&incomplete=true&postal_code=17", [ZOLA]),
    ("q=eluard&language=fr", [GALA]),
    ("status=active&kind=individual", []),
    # Empty parameters, as a form without JavaScript sends them, are none.
    ("q=&status=&kind=&city=&company=&postal_code=&language=&incomplete=", [GARAGE, EBENISTERIE, GALA, PAUL, ZOLA]),
    # Sorts; names by their letters, whatever accents and case.
    ("sort=name", [EBENISTERIE, GALA, PAUL, GARAGE, ZOLA]),
    ("sort=-name", [ZOLA, GARAGE, PAUL, GALA, EBENISTERIE]),
    ("sort=reference", [GARAGE, EBENISTERIE, ZOLA, PAUL, GALA]),
    ("sort=status", [GARAGE, EBENISTERIE, GALA, PAUL, ZOLA]),
    ("sort=-status", [ZOLA, PAUL, GALA, EBENISTERIE, GARAGE]),
    ("sort=city&city=", [GALA, PAUL, EBENISTERIE, GARAGE, ZOLA]),
    ("sort=created&postal_code=17", [GARAGE, ZOLA]),
    ("sort=-created&kind=company", [EBENISTERIE, GARAGE]),
]


@pytest.mark.usefixtures("firm")
def test_it_shows(desk: Browser, subtests: pytest.Subtests) -> None:
    for query, found in SHOWN:
        with subtests.test(query=query):
            response = desk.get(f"/clients/?{query}")
            assert rows(response) == found
            assert response.context["list"].errors == []


@pytest.mark.usefixtures("firm")
def test_it_shows_what_is_known_of_each_client(desk: Browser) -> None:
    row = text(parse(desk.get("/clients/?company=CLT-001")).find(".//tbody/tr"))
    for shown in ("Émile Zola", "CLT-003", "Particulier", "Inactif", "aucune intervention", "Garage du Port", "17000"):
        assert shown in row
    company = said(desk.get("/clients/?kind=company&status=active"))
    for shown in ("Actif", "abonné", "01 99 00 12 34", "garage@example.org"):
        assert shown in company


@pytest.mark.usefixtures("firm")
def test_it_keeps_the_filters_in_the_form(desk: Browser) -> None:
    query = {
        "q": "eluard",
        "status": "inactive",
        "kind": "individual",
        "city": "Berlin",
        "language": "de",
        "sort": "-name",
    }
    held = values(desk.get("/clients/", query | {"per_page": "25"}))
    assert {name: held[name] for name in query} == query
    assert held["per_page"] == "25"


@pytest.mark.usefixtures("firm")
def test_it_shows_a_token_for_each_filter_that_removes_it_alone(desk: Browser) -> None:
    response = desk.get("/clients/?q=zola&status=inactive&company=CLT-001&incomplete=true&sort=name&page=1")
    tokens = {token.label: (token.value, token.remove_url) for token in response.context["list"].tokens}
    kept = {"q": "q=zola", "status": "status=inactive", "company": "company=CLT-001", "incomplete": "incomplete=true"}

    def without(name: str) -> str:
        return "/clients/?" + "&".join([value for other, value in kept.items() if other != name] + ["sort=name"])

    assert tokens == {
        "Recherche": ("zola", without("q")),
        "Statut": ("Inactif", without("status")),
        "Entreprise": ("CLT-001 Garage du Port", without("company")),
        "Fiche incomplète": ("Incomplètes seulement", without("incomplete")),
    }
    shown = said(response)
    for label, (value, url) in tokens.items():
        assert label in shown
        assert value in shown
        assert url in [link.get("href") for link in parse(response).iter("a")]
        assert desk.get(url).status_code == 200
    assert "/clients/?sort=name" in [link.get("href") for link in parse(response).iter("a")]


def test_it_escapes_what_is_typed_in_a_filter(desk: Browser) -> None:
    make_client(first_name='<img src="x">', last_name="<script>alert(1)</script>")
    evil = '"><script>alert(2)</script>'
    for name in ("q", "city", "company", "status", "postal_code", "sort", "page", "per_page", evil):
        content = desk.get("/clients/", {name: evil}).content.decode()
        assert "<script>alert" not in content
        assert '<img src="x">' not in content


@pytest.mark.usefixtures("firm")
def test_it_links_each_heading_to_its_sort(desk: Browser) -> None:
    def headings(url: str) -> dict[str, tuple[str | None, str | None]]:
        cells = [cell for cell in parse(desk.get(url)).iter("th") if cell.get("scope") == "col"]
        return {
            text(cell): (cell.get("aria-sort"), link.get("href") if (link := cell.find(".//a")) is not None else None)
            for cell in cells
        }

    shown = headings("/clients/?q=e&page=1")
    assert shown["Client"] == (None, "/clients/?q=e&sort=name")
    assert shown["Contact"] == (None, None)
    assert headings("/clients/?sort=name")["Client"] == ("ascending", "/clients/?sort=-name")
    assert headings("/clients/?sort=-name")["Client"] == ("descending", "/clients/?sort=name")


@pytest.mark.usefixtures("firm")
def test_it_counts(desk: Browser) -> None:
    total, status, kind = desk.get("/clients/").context["list"].figures()[:3]
    assert (total.title, total.value) == ("Total de clients", "5")
    assert [(part.label, part.count_text, part.percent_text) for part in status.parts] == [
        ("actif", "1", "20\u00a0%"),
        ("inactifs", "4", "80\u00a0%"),
    ]
    assert [(part.label, part.count_text, part.percent_text) for part in kind.parts] == [
        ("particuliers", "3", "60\u00a0%"),
        ("entreprises", "2", "40\u00a0%"),
    ]
    page = said(desk.get("/clients/?status=active"))
    for figure in ("5", "1 actif", "20 %", "4 inactifs", "80 %", "3 particuliers", "2 entreprises"):
        assert figure in page


@pytest.mark.usefixtures("firm")
@pytest.mark.parametrize(
    ("query", "caption"),
    [("", "5 clients"), ("?status=active", "1 client"), ("?per_page=10&kind=company", "2 clients")],
)
def test_it_says_how_many_it_found(query: str, caption: str, desk: Browser) -> None:
    assert caption in text(parse(desk.get(f"/clients/{query}")).find(".//caption"))


def test_it_says_what_belongs_in_an_empty_list(desk: Browser, sign_in: SignIn) -> None:
    response = desk.get("/clients/")
    empty = find(response, "class", "empty")
    assert links(response)["Nouveau client"] == "/clients/new/"
    assert empty is not None
    assert "/clients/new/" in [link.get("href") for link in empty.iter("a")]
    reader = find(sign_in(group="Lecture seule").get("/clients/"), "class", "empty")
    assert reader is not None
    assert [link.get("href") for link in reader.iter("a")] == []


@pytest.mark.usefixtures("firm")
def test_it_says_which_filter_hides_everything(desk: Browser) -> None:
    response = desk.get("/clients/?status=active&city=Berlin&sort=name")
    empty = find(response, "class", "empty")
    assert empty is not None
    said_so = text(empty)
    assert "5 clients" in said_so
    # Without the status: Paul, of Berlin. Without the town: the garage, which is active.
    assert "Statut : Actif" in said_so
    assert "Ville : Berlin" in said_so
    offered = [link.get("href", "") for link in empty.iter("a")]
    assert offered == ["/clients/?city=Berlin&sort=name", "/clients/?status=active&sort=name", "/clients/?sort=name"]
    assert rows(desk.get(offered[0])) == [PAUL]
    assert rows(desk.get(offered[1])) == [GARAGE]


@pytest.mark.usefixtures("firm")
def test_it_names_no_filter_whose_removal_changes_nothing(desk: Browser) -> None:
    empty = find(desk.get("/clients/?q=nobody&status=active"), "class", "empty")
    assert empty is not None
    assert "Recherche : nobody" in text(empty)
    assert "Statut : Actif" not in text(empty)


WRONG = [
    ("status=dead", "Statut"),
    ("kind=robot", "Type"),
    ("company=CLT-999", "CLT-999"),
    ("company=CLT-003", "n’est pas une entreprise"),
    ("company=Inconnu", "Inconnu"),
    ("postal_code=12%4012", "12@12"),
    ("language=tlh", "Langue"),
    ("incomplete=maybe", "Fiche incomplète"),
    ("incomplete=false", "Fiche incomplète"),
]


@pytest.mark.usefixtures("firm")
def test_it_shows_an_error_beside_the_filter(desk: Browser, subtests: pytest.Subtests) -> None:
    for query, sentence in WRONG:
        with subtests.test(query=query):
            response = desk.get(f"/clients/?{query}")
            name = query.partition("=")[0]
            assert response.status_code == 200
            error = find(response, "id", f"id_{name}_error")
            assert text(error)
            assert sentence in said(response)
            assert rows(response) == []


@pytest.mark.usefixtures("firm")
def test_it_still_shows_the_list_beside_an_unknown_filter(desk: Browser) -> None:
    response = desk.get("/clients/?couleur=bleu&status=active")
    assert "Le filtre « couleur » n’existe pas." in said(response)
    assert rows(response) == [GARAGE]


def test_it_says_that_a_filter_has_one_value(desk: Browser) -> None:
    page = said(desk.get("/clients/?status=active&status=inactive&q=a&q=a"))
    assert "« status » est donné plusieurs fois" in page
    assert "« q »" not in page


def test_it_names_the_choices_to_who_asks_for_one_that_there_is_not(desk: Browser) -> None:
    page = said(desk.get("/clients/?status=dead&inside=maybe"))
    assert "« dead » n’est pas un choix. Choix possibles : Actif, Inactif." in page
    assert "« maybe » n’est pas un choix." in page


def test_it_shows_a_forced_status_that_has_ended_as_it_is_now(desk: Browser) -> None:
    client = make_client(status_mode="active", status_reason="x", status_until=timezone.now() + timedelta(days=1))
    type(client).objects.update(
        status_until=timezone.now() - timedelta(days=1), active_until=timezone.now() - timedelta(days=1)
    )
    assert rows(desk.get("/clients/?status=active")) == []
    assert "aucune intervention" in said(desk.get("/clients/?status=inactive"))


def test_it_lists_those_whose_forced_inactivity_has_ended_in_either_order(desk: Browser) -> None:
    always = make_client(status_mode="active", status_reason="x", last_name="Toujours")
    back = make_client(status_mode="inactive", status_reason="x", last_name="Revenu")
    assert rows(desk.get("/clients/?status=active&sort=-status")) == [always.name]
    now = timezone.now()
    type(back).objects.filter(pk=back.pk).update(
        resumes_at=now - timedelta(hours=1), resumes_until=now + timedelta(days=9)
    )
    both = {always.name, back.name}
    assert set(rows(desk.get("/clients/?status=active&sort=-status"))) == both
    assert set(rows(desk.get("/clients/?status=active"))) == both


@pytest.mark.usefixtures("firm")
@pytest.mark.parametrize(
    ("query", "shown", "found"),
    [
        ("status=inactive&status=active", ["Actif"], [GARAGE]),
        ("status=active&status=inactive&kind=company", ["Inactif", "Entreprise"], [EBENISTERIE]),
        ("kind=individual&kind=&status=active", ["Actif"], [GARAGE]),
    ],
)
def test_of_several_values_it_shows_the_one_it_follows(
    query: str, shown: list[str], found: list[str], desk: Browser
) -> None:
    response = desk.get(f"/clients/?{query}")
    assert rows(response) == found
    assert [token.value for token in response.context["list"].tokens] == shown


@pytest.mark.parametrize(
    "typed", ["<b>\"É\" & 'co'</b>", "\ufdd0value\ufdd0", "\ufdd0", "%s {0}", "Évry-Courcouronnes"]
)
def test_what_is_typed_stands_in_its_field_as_it_was_typed(typed: str, desk: Browser) -> None:
    for name in ("q", "city"):
        for _again in range(2):
            response = desk.get("/clients/", {name: typed, "sort": "name"})
            assert find(response, "name", name).get("value") == typed
            assert find(response, "name", "sort").get("value") == "name"
            assert "\ufdd0" in typed or "\ufdd0" not in response.content.decode()


@pytest.mark.parametrize(("day", "kind"), [("2026-03-12", "date"), ("12/03/2026", "text"), ("", "date")])
def test_a_day_that_browsers_would_drop_is_held_as_text(day: str, kind: str, desk: Browser) -> None:
    for _again in range(2):
        response = desk.get("/clients/", {"entered_after": day})
        field = find(response, "name", "entered_after")
        assert (field.get("type"), field.get("value", "")) == (kind, day)
        assert "type=" not in response.content.decode().partition('name="entered_after"')[2].partition(">")[0]


def test_columns_put_away_stay_away_but_not_from_files(desk: Browser) -> None:
    make_client(last_name="Zola", city="Metz")
    page = links(desk.get("/clients/?q=zola"))["Affichage"]
    shown = desk.get(page).context["form"].initial["columns"]
    left = [name for name in shown if name != "contact"]
    fields = {"list": "/clients/?q=zola", "columns": left, "per_page": "50"}
    assert desk.post("/views/columns/", fields).url == "/clients/?q=zola"
    listed = desk.get("/clients/")
    assert "Contact" not in [text(cell) for cell in parse(listed).iter("th")]
    assert listed.context["list"].pager.per_page == 50
    assert "Téléphone" in records(desk.get("/clients/export/"))[0]
    assert desk.get("/views/columns/?list=/profile/").status_code == 404
