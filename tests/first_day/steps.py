"""What README says to do in the browser, once the server runs: each step is one form filled and sent."""

from collections.abc import Callable

from playwright.sync_api import Page, expect

LOGIN, PASSWORD = "camille", "Portail-vert-1987"
STEPS: list[tuple[str, Callable[[Page], None]]] = []


def step(words: str) -> Callable[[Callable[[Page], None]], Callable[[Page], None]]:
    def keep(run: Callable[[Page], None]) -> Callable[[Page], None]:
        STEPS.append((words, run))
        return run

    return keep


def follow(page: Page, first_step: str) -> None:
    """Open the page of a step that the first page proposes."""
    page.goto("/")
    page.locator(".todo li", has_text=first_step).get_by_role("link").click()


@step("signs in as the administrator that the start asked for")
def sign_in(page: Page) -> None:
    page.goto("/")
    page.get_by_label("Nom d’utilisateur").fill(LOGIN)
    page.get_by_label("Mot de passe").fill(PASSWORD)
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Premiers pas")).to_be_visible()


@step("tells who the firm is")
def firm(page: Page) -> None:
    follow(page, "Votre entreprise")
    page.locator("[name=name]").fill("Garage d’Été")
    page.get_by_role("button", name="Enregistrer").click()
    expect(page.get_by_text("sont enregistrées")).to_be_visible()


@step("types the first client")
def client(page: Page) -> None:
    page.goto("/clients/")
    page.keyboard.press("n")
    page.locator("[name=first_name]").fill("Marie")
    page.locator("[name=last_name]").fill("Curie")
    page.get_by_role("button", name="Enregistrer", exact=True).click()
    expect(page.get_by_role("heading", name="Marie Curie")).to_be_visible()


@step("makes a zone")
def zone(page: Page) -> None:
    follow(page, "Une zone et son lecteur")
    page.locator("[name=name]").fill("Parking")
    page.get_by_role("button", name="Enregistrer").click()
    expect(page.get_by_role("heading", name="Parking")).to_be_visible()


@step("makes the counter of the zone")
def counter(page: Page) -> None:
    page.goto("/access/devices/")
    page.get_by_role("link", name="Nouvel appareil").first.click()
    page.locator("[name=name]").fill("Guichet")
    page.locator("[name=zone]").select_option(label="Parking")
    page.locator("[name=direction]").select_option("both")
    page.get_by_role("button", name="Enregistrer").click()
    expect(page.get_by_text("fxd_")).to_be_visible()


@step("issues a card from the client’s page, and forces the client active until its end")
def card(page: Page) -> None:
    page.goto("/clients/CLT-001/")
    page.get_by_role("link", name="Nouvelle carte").first.click()
    page.locator("[name=username]").fill("marie")
    page.locator("[name=force_active]").check()
    page.locator("[name=force_reason]").fill("abonnée")
    page.get_by_role("button", name="Émettre la carte").click()
    expect(page.locator("#qr-value")).to_be_visible()


@step("reads the card at the counter: green")
def read(page: Page) -> None:
    value = page.locator("#qr-value").inner_text()
    page.goto("/access/control/")
    page.locator("#id_value").fill(value)
    page.keyboard.press("Enter")
    expect(page.locator(".answer")).to_contain_text("Entrée autorisée")
