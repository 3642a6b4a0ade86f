"""Towns and postal codes, one suggesting the other."""

import pytest

from clients.values.communes import MOST, Town, codes, suggest, towns


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("01000", ("Bourg-en-Bresse", "Saint-Denis-lès-Bourg")),
        ("97133", ("Saint-Barthélemy",)),
        ("97150", ("Saint-Martin",)),
        ("98000", ("Monaco",)),
        ("98800", ("Nouméa",)),
        ("75001", ("Paris", "Paris 1er Arrondissement")),
        (" 35400 ", ("Saint-Malo",)),
        ("13616", ()),
        ("SW1A 2AA", ()),
        ("", ()),
    ],
)
def test_it_gives_the_towns_of_a_code(code: str, expected: tuple[str, ...]) -> None:
    assert towns(code) == expected


def test_it_lists_the_towns_of_a_code_in_french_order() -> None:
    names = towns("51300")
    assert len(names) == 46
    assert names.index("Drouilly") < names.index("Écriennes") < names.index("Favresse")


@pytest.mark.parametrize(
    ("town", "expected"),
    [
        ("ST MALO", ("35400",)),
        ("Rennes CEDEX 7", ("35000", "35200", "35700")),
        ("L HAY LES ROSES", ("94240",)),
        ("schoelcher", ("97233",)),
        ("Ste-Rose", ("97115", "97439")),
        ("Bastia", ("20200", "20600")),
        ("Y", ("80190",)),
        ("Bruxelles", ()),
        ("", ()),
    ],
)
def test_it_gives_the_codes_of_a_town(town: str, expected: tuple[str, ...]) -> None:
    assert codes(town) == expected


def test_it_gives_all_the_codes_of_a_large_town() -> None:
    assert len(codes("paris")) == 21


def test_it_suggests_from_what_is_typed_so_far() -> None:
    assert suggest("3540") == (Town("35400", "Saint-Malo"),)
    assert suggest("51300", "vit") == (
        Town("51300", "Vitry-en-Perthois"),
        Town("51300", "Vitry-le-François"),
    )
    assert Town("35400", "Saint-Malo") in suggest("", "st mal")
    assert suggest("99999", "Saint-Malo")[0] == Town("35400", "Saint-Malo")
    assert suggest("35400", "Lyon") == (Town("35400", "Saint-Malo"),)
    assert suggest() == ()
    assert len(suggest("", "saint")) == MOST
