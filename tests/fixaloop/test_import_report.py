"""What a report says to a person: each value once, each column by the name people know."""

import pytest

from fixaloop.imports.report import Issue, Report

LONG = "3646 / Numéro violet ou majoré : service payant et prix d’un appel"


def remark(value: str, message: str) -> str:
    report = Report(errors=[Issue(6, "SIRET", value, message)])
    line = next(line for line in report.as_text().splitlines() if "ligne 6" in line)
    return " ".join(line.split())


@pytest.mark.parametrize("value", ["219 400 462", " 219 400 462  ", "219\u00a0400\u00a0462"])
def test_it_quotes_no_value_that_the_sentence_quotes(value: str) -> None:
    message = "« 219 400 462 » est un SIREN."
    assert remark(value, message) == f"ligne 6, SIRET : {message}"


def test_it_quotes_no_long_value_twice() -> None:
    message = f"« {LONG[:59]}… » est un numéro court."
    assert remark(LONG, message) == f"ligne 6, SIRET : {message}"


def test_it_quotes_a_value_that_the_sentence_only_happens_to_hold() -> None:
    assert remark("0", "Il faut 10 chiffres.") == "ligne 6, SIRET (« 0 ») : Il faut 10 chiffres."
    assert remark("", "Indiquez-le.") == "ligne 6, SIRET : Indiquez-le."
