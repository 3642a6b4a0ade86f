"""How files name the fields of a client and what they write in them: other_programs.toml, ready to compare."""

import tomllib
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

from clients.lists import file_columns
from clients.models import Client
from clients.values.keys import LEGAL_FORMS
from clients.values.parsing import CIVILITIES, parse_country
from fixaloop.files.columns import FileColumn
from fixaloop.imports.cells import spellings
from fixaloop.imports.columns import Layout
from fixaloop.imports.evidence import can_read
from fixaloop.imports.headings import meaning
from fixaloop.imports.rows import means_nothing
from fixaloop.words.text import normalise

PERSON, COMPANY = Client.Kind.INDIVIDUAL.value, Client.Kind.COMPANY.value

with Path(__file__).with_name("other_programs.toml").open("rb") as _file:
    _DATA: dict[str, Any] = tomllib.load(_file)
_WORDS = _DATA["words"]

PADDING = frozenset(_WORDS["padding"])
KINDS = {word: kind for kind in (PERSON, COMPANY) for word in _WORDS[kind]}
# What a yes or a no is, in `is_company`.
ANSWERS = {word: answer for answer in (True, False) for word in _WORDS["yes" if answer else "no"]}
# By its own name too.
LANGUAGES = spellings(Client.Language.choices) | {
    "deutsch": "de", "espanol": "es", "italiano": "it", "nederlands": "nl", "portugues": "pt", "polski": "pl",
    "romana": "ro", "turkce": "tr",
}  # fmt: skip
CHANNELS = {
    **spellings(Client.Channel.choices),
    **dict.fromkeys(_WORDS["email_channel"], Client.Channel.EMAIL.value),
    **dict.fromkeys(_WORDS["phone_channel"], Client.Channel.PHONE.value),
    **dict.fromkeys(_WORDS["post_channel"], Client.Channel.POST.value),
}
PAYERS = {
    **spellings(Client.Payer.choices),
    **dict.fromkeys(_WORDS["own_payer"], Client.Payer.OWN.value),
    **dict.fromkeys(_WORDS["company_payer"], Client.Payer.COMPANY.value),
}
COURTESIES = frozenset(map(normalise, CIVILITIES)) | frozenset(_WORDS["courtesies"])
# Words of the name of a company, and first names of people.
TRADES = LEGAL_FORMS | frozenset(_WORDS["trades"])
FIRST_NAMES = frozenset(" ".join(_WORDS["first_names"]).split())
# First names that are surnames as often.
SURNAMES = frozenset(_WORDS["surnames"].split())


PRIVATE = frozenset(word for word in KINDS if KINDS[word] == PERSON and len(word) > 1) | {
    "particuliers",
    "client particulier",
}
_STATES = frozenset(("actif", "inactif", "active", "inactive"))


def _digits(least: int) -> Callable[[str], bool]:
    return lambda text: sum(map(str.isdigit, text)) >= least


def _is_courtesy(text: str) -> bool:
    return not COURTESIES.isdisjoint(normalise(text).split()) or normalise(text) in TRADES


def is_company_name(text: str) -> bool:
    """Whether it may name a company: “Particulier” in its column says that there is none."""
    return not means_nothing(text) and normalise(text) not in PRIVATE


def _may_be_whole_name(text: str) -> bool:
    """Whether it may name a client: in a column “Client” may stand yes or no, and numbers."""
    return any(map(str.isalpha, text)) and normalise(text) not in ANSWERS


# Whether a text may be a value of a field, right or wrong.
_TELLS: dict[str, Callable[[str], bool]] = {
    **dict.fromkeys(("first_name", "last_name"), lambda text: any(map(str.isalnum, text))),
    "company_name": is_company_name,
    **dict.fromkeys(("full_name", "surname_first", "person_name", "any_name"), _may_be_whole_name),
    "kind": lambda text: normalise(text) in KINDS,
    "language": lambda text: normalise(text).partition(" ")[0] in LANGUAGES,
    "channel": lambda text: normalise(text) in CHANNELS,
    "payer": lambda text: normalise(text) in PAYERS,
    "payer_since": _digits(1),
    "no_messages": lambda text: normalise(text) in ANSWERS,
    "country": lambda text: can_read(parse_country, text),
    "civility": _is_courtesy,
    "status": lambda text: not _STATES.isdisjoint(normalise(text).split()),
    "is_company": lambda text: normalise(text) in ANSWERS,
    "email": lambda text: "@" in text,
    "siret": _digits(3),
    "postal_code": _digits(1),
    **dict.fromkeys(("created_at", "subscribed_from", "subscribed_until"), _digits(1)),
    **dict.fromkeys(("phone", "mobile", "phone_2", "phone_3"), _digits(3)),
}


def _foreign(name: str, headings: list[str], spare: str = "") -> FileColumn:
    return FileColumn(headings[0], name=name, others=headings[1:], spare=spare, tell=_TELLS.get(name), foreign=True)


def _located(forms: list[str], labels: dict[str, list[str]], fields: dict[str, list[str]]) -> Iterator[FileColumn]:
    for location, names in labels.items():
        for field, texts in fields.items():
            headings = [form.format(field=text, label=label) for text in texts for label in names for form in forms]
            yield _foreign(f"{location}_{field}", headings)


COLUMNS = (
    *(
        replace(column, others=_DATA["headings"].get(column.name, ()), tell=_TELLS.get(column.name))
        for column in file_columns.COLUMNS
    ),
    *(_foreign(name, **field) for name, field in _DATA["fields"].items()),
    *_located(**_DATA["located"]),
)
BY_NAME = {column.name: column for column in COLUMNS}
LAYOUTS = tuple(
    Layout(
        program["name"],
        [frozenset(map(meaning, marks)) for marks in program["marks"]],
        {key(heading): field for key in (meaning, normalise) for heading, field in program["columns"].items()},
    )
    for program in _DATA["programs"]
)
