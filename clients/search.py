"""The condition that finds clients by their search text."""

import re
import unicodedata
from collections.abc import Iterator
from itertools import groupby

from django.db.models import Q, Value
from django.db.models.functions import StrIndex
from django.db.models.lookups import GreaterThan

from clients.extensions import extensions
from clients.models import Client, FormerKey, FormerReference, OtherContact
from clients.reference import parse_reference
from clients.values.districts import District, find_district
from clients.values.keys import AND, SAINTS
from fixaloop.words.text import name_words

SHORT = 3
# “J.P.” may also stand for Jean-Pierre.
INITIALS = 3
_TITLE = re.compile(r"(?:m|mr|mme|mlle)(?:\.\s*|\s+)(?=\S)", re.IGNORECASE)
# Of a million clients, few share so many digits.
TELLING = 7
# Ten digits are a French number; more that begin with 00 were dialled abroad.
LONGEST_NATIONAL = 10
PLATE = re.compile(
    r"([A-Z]{2})[\W_]*(\d{3})[\W_]*([A-Z]{2})|(\d{1,4})[\W_]+([A-Z]{1,3})[\W_]+(\d{2,3}|2[AB])", re.IGNORECASE
)
LONGEST_PLATE = 20
# The part of an e-mail before its “@”.
MAILBOX = re.compile(r"[a-z0-9-]+([._+]+[a-z0-9-]+)+[._+]*")
EMAIL = re.compile(r"[^\s@]+@[^\s@]+\.[^\s@]+")


def matching(query: str, of: str = "") -> Q:
    """Clients that hold every word of the query, in any order. `of` is a prefix from other models: `client__`.

    * A whole e-mail, or its beginning (`marie.du`), finds its owners only.
    * “M.” and “Mme” before a name are ignored.
    * What a merged client was known by finds the one it was merged into.
    * Digits typed in groups (phone, SIRET) are also tried together.
    * A word under three letters must begin a word; a query of such words only is matched with references and the
      beginning of names.
    """
    known = _known(query, of)
    return _spelt(query, of) if known is None else known


def best_first(query: str) -> Iterator[Q]:
    """What `matching` finds, in steps: clients whose name begins with the word that was typed, then all of them.

    The beginnings of all their words would take an “or” for each, which is slower than to find everybody.
    """
    if (known := _known(query, "")) is not None:
        yield known
        return
    terms = search_terms(query)
    if len(terms) == 1 and terms[0].isalpha():
        yield Q(sort_name__startswith=terms[0])
    yield _spelt(query, "")


def _known(query: str, of: str) -> Q | None:
    """The condition for a query that is no words: a reference, a plate, a place, an e-mail that somebody has."""
    number = parse_reference(query)
    if number is not None:
        return _numbered(number, of)
    if (owner := _owner_of(query)) is not None:
        return Q(**{f"{of}pk": owner})
    if plate := PLATE.fullmatch(query.strip()):
        return Q(**{f"{of}search_text__contains": "".join(filter(None, plate.groups())).lower()})
    if district := find_district(query):
        there = _in_district(district, of)
        return there & matching(district.rest, of) if district.rest.strip() else there
    typed = query.strip().lower()
    if EMAIL.fullmatch(typed) and (owner := _of_email(typed)) is not None:
        return Q(**{f"{of}pk": owner})
    return None


def _spelt(query: str, of: str) -> Q:
    typed = query.strip().lower()
    found = _by_words(query, typed, of)
    former = FormerKey.objects.filter(value__in={typed, query.strip()}).values_list("client", flat=True)
    return found | Q(**{f"{of}pk__in": keys}) if (keys := list(former)) else found


def _by_words(query: str, typed: str, of: str) -> Q:
    terms = search_terms(query.replace("(0)", " "))
    if not terms:
        return Q(pk__in=())
    short = [term for term in terms if len(term) < SHORT]
    found = _named(terms, of) if len(short) == len(terms) else holding_all(terms, of)
    if short and len(terms) > 1 and len(together := "".join(terms)) > SHORT and together.isalpha():
        # “de la tour” is also written in one word.
        found |= Q(**{f"{of}search_text__contains": together})
    if (key := _other_plate(typed)) and key not in terms:
        found |= Q(**{f"{of}search_text__contains": key})
    # Longer words are found in e-mails as anywhere else.
    if not short or not MAILBOX.fullmatch(typed) or not any(map(str.isalpha, typed)):
        return found
    literally = Q(**{f"{of}search_text__contains": typed})
    # The last word is still being typed: clients of that name are found with the next letter.
    return literally if short == terms[-1:] and _is_held(typed) else found | literally


def _owner_of(query: str) -> int | None:
    owners = (extension.owner_of(query) for extension in extensions())
    return next((owner for owner in owners if owner is not None), None)


def _in_district(district: District, of: str) -> Q:
    there = Q(**{f"{of}city_key__in": district.towns}) if district.towns else Q()
    for code in district.codes:
        there |= Q(**{f"{of}postal_code__startswith": code})
    return there


def _other_plate(typed: str) -> str:
    key = "".join(filter(str.isalnum, unicodedata.normalize("NFC", typed)))
    is_plate = SHORT < len(key) <= LONGEST_PLATE and any(map(str.isdigit, key)) and any(map(str.isalpha, key))
    return key if is_plate and "@" not in typed else ""


def _of_email(email: str) -> int | None:
    """The owner of this e-mail; searching its parts would take ten times as long."""
    main = Client.objects.with_email(email).order_by().values_list("pk", flat=True)
    return next(iter(main), None) or OtherContact.objects.filter(key=email).values_list("client", flat=True).first()


def _is_held(typed: str) -> bool:
    return Client.objects.filter(search_text__contains=typed).order_by().exists()


def _named(terms: list[str], of: str) -> Q:
    whole, together = " ".join(terms), "".join(terms)
    starting = Q(**{f"{of}sort_name__startswith": whole})
    if together != whole:
        starting |= Q(**{f"{of}sort_name__startswith": together})
    if (saint := SAINTS.get(whole)) is not None:
        starting |= Q(**{f"{of}sort_name__startswith": saint})
    return starting | _numbered(int(whole), of) if whole.isascii() and whole.isdigit() else starting


def holding_all(terms: list[str], of: str = "") -> Q:
    found = Q()
    for term in terms:
        # A phone or a SIRET typed in groups; a name may hold such groups too.
        together = term.replace(" ", "")
        if len(together) > LONGEST_NATIONAL:
            together = together.removeprefix("00")
        if (len(term) < SHORT or term in SAINTS) and "@" not in term:
            found &= _beginning(term, of)
        else:
            found &= _holding(term, of) | (_holding(together, of) if together != term else Q())
    return found


def _numbered(number: int, of: str) -> Q:
    """The client with this number, or the one it was merged into.

    A separate query, because one condition for both would read all clients.
    """
    kept = FormerReference.objects.filter(pk=number).values_list("client", flat=True).first()
    return Q(**{f"{of}number": number} if kept is None else {f"{of}pk": kept})


def _beginning(term: str, of: str) -> Q:
    """Clients with a word that begins like this; a trigram index can only do that for one or two letters."""
    if (saint := SAINTS.get(term)) is not None:
        return _begins(term, of) | _holding(saint, of)
    return _begins(term, of)


def _begins(term: str, of: str) -> Q:
    return Q(**{f"{of}search_text__startswith": term}) | Q(**{f"{of}search_text__contains": f" {term}"})


def _holding(term: str, of: str) -> Q:
    """Clients whose search text holds a term.

    A trigram index reads a list for every three letters. The most telling part is looked up in it; the rest (a domain
    that thousands share, half of a phone number) is compared in the rows found.
    """
    local, at, _domain = term.partition("@")
    head = term[-TELLING:] if term.isdigit() else local + at
    if len(head) < SHORT or head == term:
        return Q(**{f"{of}search_text__contains": term})
    return Q(**{f"{of}search_text__contains": head}) & Q(GreaterThan(StrIndex(f"{of}search_text", Value(term)), 0))


def search_terms(query: str) -> list[str]:
    """The words of a query in the form of the search text; neighbouring groups of digits are one term."""
    terms: list[str] = []
    query = _TITLE.sub("", query.strip(), count=1) if _TITLE.match(query.strip()) else query
    for is_address, run in groupby(query.split(), key=lambda token: "@" in token):
        tokens = list(run)
        terms.extend(map(str.lower, tokens) if is_address else name_words(" ".join(tokens), INITIALS))
    if len(terms) > 1:
        # “Dupont & Fils” holds no word for it.
        terms = [term for term in terms if term != AND] or terms
    joined: list[str] = []
    for digits, run in groupby(terms, key=lambda term: term.isascii() and term.isdigit()):
        group = list(run)
        joined.extend([" ".join(group)] if digits else group)
    return joined
