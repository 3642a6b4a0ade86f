"""The list of mutations stays usable while the code changes: each text stands once, each is seen by a test that is."""

import pytest

from tests.house.mutations import ROOT, Mutation, Unclear, read_list


def test_it_finds_each_text_once() -> None:
    lost = []
    for mutation in read_list():
        try:
            mutation.find(ROOT)
        except Unclear as reason:
            lost.append(f"{mutation.name}: {reason}")
    assert lost == [], "word the mutation in mutations.toml as the code is now"


def test_it_refuses_a_text_that_stands_nowhere() -> None:
    with pytest.raises(Unclear, match="0 times"):
        Mutation("nowhere", "no such " + "text", "", [], []).find(ROOT)


def test_it_names_tests_that_there_are() -> None:
    lost = []
    for mutation in read_list():
        for name in mutation.seen_by:
            file, *_classes, function = name.partition("[")[0].split("::")
            path = ROOT / file
            if not path.is_file() or f"def {function}(" not in path.read_text(encoding="utf-8"):
                lost.append(f"{mutation.name}: {name}")
        assert mutation.seen_by or mutation.wide
    assert lost == []
