"""A statement as the desk uses it: from the client, for another period, on paper and as files."""

from decimal import Decimal
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import Open
from tests.interventions.factories import in_state, pay

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def test_it_is_read_for_a_period_and_taken_along(open_page: Open) -> None:
    pay(in_state("done", labor_amount=Decimal(120)), "45")
    page = open_page()
    page.goto("/clients/CLT-001/")
    page.get_by_role("link", name="Relevé").click()
    statement = page.locator("article.statement")
    expect(statement).to_contain_text("INT-001")
    expect(statement).to_contain_text("75,00 €")
    with page.expect_download() as paper:
        page.get_by_role("link", name="PDF").click()
    assert Path(paper.value.path()).read_bytes().startswith(b"%PDF")
    with page.expect_download() as file:
        page.get_by_role("link", name="Exporter").click()
    assert file.value.suggested_filename.endswith(".xlsx")
    page.get_by_role("link", name="le mois dernier").click()
    expect(statement).not_to_contain_text("INT-001")
    page.emulate_media(media="print")
    expect(page.get_by_role("button", name="Imprimer")).not_to_be_visible()
    expect(statement).to_be_visible()
