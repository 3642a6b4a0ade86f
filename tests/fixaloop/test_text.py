"""Text as pasted, stored and searched."""

import pytest
from django.core.exceptions import ValidationError
from hypothesis import given, strategies as st

from fixaloop.words.text import clean, normalise, repair, words

NBSP = "\u00a0"


@pytest.mark.parametrize(
    ("typed", "stored"),
    [
        ("  Marie ", "Marie"),
        (f"{NBSP}Marie\u202f", "Marie"),
        (f"Ecole{NBSP}primaire", f"Ecole{NBSP}primaire"),
        ("E\u0301tienne", "Étienne"),
        ("d’Aubigné", "d’Aubigné"),
        ("Mᵐᵉ", "Mᵐᵉ"),
        ("🦊", "🦊"),
        ("👨\u200d👩\u200d👧", "👨\u200d👩\u200d👧"),
        ("Jean\u200bne", "Jeanne"),
        ("\ufeffNom\u202e", "Nom"),
        ("Jean\tPaul", "Jean Paul"),
        ("12 rue\r\nBât. B", "12 rue Bât. B"),
        ("<b>Jean</b>", "<b>Jean</b>"),
        ("=1+1", "=1+1"),
        ("Еmma", "Еmma"),
    ],
)
def test_it_stores_text_as_typed_without_what_is_not_seen(typed: str, stored: str) -> None:
    assert clean(typed) == stored


def test_it_keeps_the_lines_of_a_long_text() -> None:
    assert clean(" un\r\ndeux\rtrois\n", multiline=True) == "un\ndeux\ntrois"


@pytest.mark.parametrize("character", ["\x00", "\x07", "\x1b", "\x1f", "\x7f", "\x81", "\ud800", "\uffff"])
@pytest.mark.parametrize("multiline", [False, True])
def test_it_refuses_what_cannot_be_stored(character: str, multiline: bool) -> None:
    with pytest.raises(ValidationError, match="contrôle") as refusal:
        clean(f"Ta{character}ble", multiline=multiline)
    assert refusal.value.code == "control"


@pytest.mark.parametrize(
    ("misread", "meant"),
    [
        ("Centre d\x92information", "Centre d’information"),
        ("Pied-de-B\x9cuf", "Pied-de-Bœuf"),
        ("0,06 \x80", "0,06 €"),
        ("FranÃ§ois MÃ©liÃ¨s", "François Méliès"),
        ("lâ€™Ã‰cole", "l’École"),
        ("MÃƒÂ©liÃƒÂ¨s", "Méliès"),
    ],
)
def test_it_repairs_text_decoded_with_the_wrong_table(misread: str, meant: str) -> None:
    assert repair(misread) == clean(misread) == meant


@pytest.mark.parametrize("text", ["François", "PLANÃ", "Ã© et é", "Curie née Sk?odowska", "Dvořák", "🦊"])
def test_it_repairs_nothing_where_nothing_is_sure(text: str) -> None:
    assert repair(text) == text


@pytest.mark.parametrize(
    ("text", "searched"),
    [
        ("Jacques CŒUR", "jacques coeur"),
        ("d´Ormesson", "d ormesson"),
        ("d’Aubigné", "d aubigne"),
        ("Le Goff-L'Haridon", "le goff l haridon"),
        ("Skłodowska", "sklodowska"),
        ("Ørsted đ ß Æ", "orsted d ss ae"),
        ("Mᵐᵉ de Sévigné", "mme de sevigne"),
        ("L'HAŸ-LES-ROSES", "l hay les roses"),
        ("N° 5  (bis)", "n 5 bis"),
        ("snake_case", "snake case"),
        ("🦊 Renard", "🦊 renard"),
        ("...", ""),
    ],
)
def test_it_compares_text_without_case_accents_nor_punctuation(text: str, searched: str) -> None:
    assert normalise(text) == searched


def test_it_takes_a_look_alike_letter_for_another_letter() -> None:
    assert normalise("Еmma") != normalise("Emma")


def test_it_splits_a_query_into_its_different_words() -> None:
    assert words("  Cœur d'Or, coeur ") == ("coeur", "d", "or")
    assert words(" , ") == ()


@given(st.text())
def test_it_finds_what_it_has_normalised(text: str) -> None:
    assert normalise(normalise(text)) == normalise(text)


@given(st.text())
def test_it_leaves_clean_text_alone(text: str) -> None:
    try:
        stored = clean(text)
    except ValidationError:
        return
    assert clean(stored) == stored
