"""Words: every French message of the code has its English one, and both are written as their language is."""

import ast
import re
from collections import Counter
from functools import cache
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from babel.messages.catalog import Catalog
from babel.messages.extract import extract_python
from babel.messages.mofile import read_mo, write_mo
from babel.messages.pofile import read_po
from django.conf import settings
from django.test import Client as Browser
from django.utils.translation import gettext, ngettext, override
from django.utils.translation.template import templatize

from tests.conftest import SignIn
from tests.factories import make_client
from tests.pages import said

ROOT = Path(__file__).parents[2]
ENGLISH = ROOT / "fixaloop" / "locale" / "en" / "LC_MESSAGES" / "django.po"
CALLS = (
    "_",
    "gettext",
    "gettext_lazy",
    "gettext_noop",
    "ngettext",
    "ngettext_lazy",
    "pgettext",
    "pgettext_lazy",
    "npgettext",
)
# A template of Django's admin, copied with its own English messages, which Django has in French.
BY_DJANGO = {"Show all", "Save"}
PLACE = re.compile(r"%\(\w+\)[sd]|%%|%[sd]|\{\w*\}|<[^>]+>")
# A sign of two parts with a plain space or none, a guillemet likewise, a straight apostrophe, three dots.
NOT_FRENCH = re.compile(r" [:;!?»€]|« | %(?![(sd\w])|\w[!?»€;](?!\w)|\w:(?= )|«(?!\u00a0)|\w'\w|\.\.\.")
NOT_ENGLISH = re.compile(r"[\u00a0\u202f ][:;!?%](?![(sd])|[«»]|\w'\w|\.\.\.")

Key = tuple[str, str, str]


@cache
def said_in_code() -> dict[Key, str]:
    """Each message, as its context, its singular and its plural, with a file that says it."""
    found: dict[Key, str] = {}
    for folder in ("fixaloop", "clients", "interventions", "access", "templates"):
        for path in (ROOT / folder).rglob("*.*"):
            if path.suffix in (".py", ".html", ".txt"):
                found |= dict.fromkeys(messages(path), path.relative_to(ROOT).as_posix())
    return found


def messages(path: Path) -> list[Key]:
    """What one file gives to gettext."""
    source = path.read_text(encoding="utf-8")
    if path.suffix != ".py":
        # Django turns tags into calls; the text around them is blotted out, and its indentation means nothing.
        source = "\n".join(line.lstrip() for line in templatize(source, origin=path.name).splitlines())
    elif "gettext" not in source:
        return []
    calls = extract_python(BytesIO(source.encode()), CALLS, (), {"encoding": "utf-8"})
    return [key(name, texts) for _line, name, texts, _comments in calls]


def key(name: str, texts: Any) -> Key:
    """A call's message; one that is not written out is None, which no catalogue has."""
    texts = texts if isinstance(texts, tuple) else (texts,)
    context, texts = (texts[0], texts[1:]) if "pgettext" in name else ("", texts)
    return context, texts[0], texts[1] if name.startswith("n") else ""


def entries(catalog: Catalog) -> dict[Key, tuple[str, ...]]:
    """The messages of a catalogue and what they become; a fuzzy one becomes nothing."""
    found: dict[Key, tuple[str, ...]] = {}
    for message in catalog:
        if message.id:
            one, many = (message.id, "") if isinstance(message.id, str) else message.id
            texts = (message.string,) if isinstance(message.string, str) else tuple(message.string)
            # Babel leaves contexts of a compiled file as bytes.
            context = message.context.decode() if isinstance(message.context, bytes) else message.context or ""
            found[context, one, many] = () if message.fuzzy else texts
    return found


@cache
def english() -> dict[Key, tuple[str, ...]]:
    """The English catalogue."""
    with ENGLISH.open("rb") as file:
        return entries(read_po(file, locale="en"))


def test_it_says_everything_in_english() -> None:
    missing = {one: said_in_code()[context, one, many] for context, one, many in said_in_code().keys() - english()}
    assert missing == {}, "run `make messages`, then write the English"
    assert [one for (_context, one, _many), texts in english().items() if not texts or not all(texts)] == []


def test_it_says_in_english_what_is_hidden_in_an_f_string() -> None:
    # Gettext does not look into f-strings: such a text has its English only where it is said elsewhere too.
    known = {one for _context, one, _many in english()}
    hidden = {}
    for folder in ("fixaloop", "clients", "interventions", "access"):
        for path in (ROOT / folder).rglob("*.py"):
            strings = [node for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.JoinedStr)]
            calls = [node for string in strings for node in ast.walk(string) if isinstance(node, ast.Call)]
            texts = [call.args[0] for call in calls if getattr(call.func, "id", "") in CALLS and call.args]
            hidden |= {str(text.value): path.name for text in texts if isinstance(text, ast.Constant)}
    assert {text: name for text, name in hidden.items() if text not in known} == {}


def test_it_keeps_no_english_that_nobody_says() -> None:
    assert english().keys() - said_in_code() == set()


def test_it_keeps_the_places_of_values() -> None:
    odd = []
    for (_context, one, many), texts in english().items():
        forms = (one, many) if many else (one,)
        pairs = zip(forms, texts, strict=True)
        odd += [text for form, text in pairs if Counter(PLACE.findall(form)) != Counter(PLACE.findall(text))]
    assert odd == []


def test_french_has_its_own_plurals() -> None:
    with ENGLISH.parents[2].joinpath("fr/LC_MESSAGES/django.mo").open("rb") as file:
        french = entries(read_mo(file))
    plurals = {said: said[1:] for said in said_in_code() if said[2]}
    assert french == plurals, "run `make messages`"
    with override("fr"):
        said = [ngettext("%(count)d résultat", "%(count)d résultats", count) for count in (0, 1, 2)]
    assert said == ["%(count)d résultat", "%(count)d résultat", "%(count)d résultats"]


def test_it_is_compiled() -> None:
    compiled = BytesIO()
    with ENGLISH.open("rb") as file:
        write_mo(compiled, read_po(file, locale="en"))
    compiled.seek(0)
    with ENGLISH.with_suffix(".mo").open("rb") as file:
        assert entries(read_mo(file)) == entries(read_mo(compiled)), "run `make messages`"


def test_it_writes_french_as_french_is_written() -> None:
    odd = {
        text: file
        for (_context, *texts), file in said_in_code().items()
        for text in texts
        if text not in BY_DJANGO and NOT_FRENCH.search(text)
    }
    assert odd == {}


def test_it_writes_english_as_english_is_written() -> None:
    assert [text for texts in english().values() for text in texts if NOT_ENGLISH.search(text)] == []


def test_it_is_french_that_django_says_no_other_way() -> None:
    # A French message that Django happens to have in English would come out in Django's own French.
    with override("fr"):
        changed = {one for context, one, _many in english() if not context and gettext(one) != one}
    assert changed == BY_DJANGO


@pytest.mark.django_db
def test_it_speaks_english_to_those_who_chose_it(client: Browser, sign_in: SignIn) -> None:
    make_client()
    desk = sign_in(group="Direction")
    assert "Se connecter" in said(client.get("/accounts/login/"))
    assert "Nouveau client" in said(desk.get("/clients/"))
    for browser in (client, desk):
        browser.cookies[settings.LANGUAGE_COOKIE_NAME] = "en"
    login, listed = client.get("/accounts/login/"), desk.get("/clients/")
    assert "Sign in" in said(login)
    assert "Se connecter" not in said(login)
    assert "New client" in said(listed)
    assert "Nouveau client" not in said(listed)
