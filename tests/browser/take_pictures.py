"""Take the pictures of README anew, while `make run` serves: `python -m tests.browser.take_pictures`."""

import os
import shutil
import sys
from pathlib import Path

from playwright.sync_api import Page, sync_playwright

FOLDER = Path(__file__).parent / "pictures"
PICTURES = {
    "clients": "/clients/",
    "form": "/clients/new/?kind=company",
    "client": "/clients/CLT-012/",
    "planning": "/interventions/planning/",
    "intervention": "/interventions/INT-590/",
    "sheet": "/interventions/INT-590/sheet/",
    "counter": "/access/control/",
    "occupancy": "/access/occupancy/",
}
FLAGS = ["--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking"]


def main(base: str) -> None:
    """Sign in as the demonstration's administrator and photograph each page, then the list on a phone."""
    FOLDER.mkdir(exist_ok=True)
    chromium = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("google-chrome")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=FLAGS)
        page = browser.new_page(viewport={"width": 1280, "height": 800}, locale="fr-FR")
        sign_in(page, base)
        for name, address in PICTURES.items():
            photograph(page, base + address, name)
        page.set_viewport_size({"width": 390, "height": 844})
        photograph(page, f"{base}/clients/", "phone")
        browser.close()


def sign_in(page: Page, base: str) -> None:
    """Sign in through the page, as a person does."""
    page.goto(f"{base}/accounts/login/")
    page.fill("[name=username]", "admin")
    page.fill("[name=password]", "fixaloop-demo")
    page.keyboard.press("Enter")
    page.wait_for_url(f"{base}/")


def photograph(page: Page, address: str, name: str) -> None:
    """Keep what a visitor sees of a page."""
    page.goto(address)
    page.wait_for_load_state("networkidle")
    page.screenshot(path=FOLDER / f"{name}.png")


if __name__ == "__main__":
    main(sys.argv[1] if len(sys.argv) > 1 else "http://127.0.0.1:8000")
