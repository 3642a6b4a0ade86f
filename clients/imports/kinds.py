"""Whether a row is a person or a company: as it says, else by evidence (docs/rules.md, Import and export)."""

from django.utils.translation import gettext as _

from clients.imports.vocabulary import (
    ANSWERS,
    COMPANY,
    COURTESIES,
    FIRST_NAMES,
    KINDS,
    PERSON,
    PRIVATE,
    SURNAMES,
    TRADES,
)
from clients.values.keys import LEGAL_FORMS
from clients.values.parsing import PARTED_NAME, FullName, split_name
from fixaloop.imports.report import Record
from fixaloop.words.text import normalise

_BORN = frozenset(("nee", "ne", "epouse", "ep", "veuve", "vve"))
_JOINING = frozenset(("et", "ou"))
# “&” has neither letter nor figure.
_BEFORE_NAMES = COURTESIES | _JOINING | {""}
# Fields for a whole name in one column, the clearest first.
WHOLE = ("full_name", "surname_first", "person_name", "any_name")
SURNAME_FIRST, FIRST_NAME_FIRST = "surname_first", "person_name"


def drop_private(record: Record) -> None:
    """Empty the name of a company that says that there is none: “Particulier”."""
    if normalise(said := record.typed.get("company_name", "")) in PRIVATE:
        record.quoted["company_name"], record.typed["company_name"] = said, ""
        record.note("company_name", _("« %(text)s » n’est pas une raison sociale : laissée vide.") % {"text": said})


def find_kind(record: Record) -> None:
    """Put the kind into the typed texts where something tells it; where hardly anything does, the row says so."""
    typed = record.typed
    if typed.get("kind"):
        typed["kind"] = KINDS.get(normalise(typed["kind"]), typed["kind"])
        return
    is_company = ANSWERS.get(normalise(typed.get("is_company", "")))
    if is_company is not None:
        typed["kind"] = COMPANY if is_company else PERSON
    elif kind := _by_courtesy(typed):
        typed["kind"] = kind
    elif typed.get("organisation"):
        is_person = typed.get("person_name") or (typed.get("first_name") and typed.get("last_name"))
        typed["kind"] = PERSON if is_person else COMPANY
    elif whole := next((typed[name] for name in WHOLE if typed.get(name)), ""):
        _by_name(record, whole)


def _by_courtesy(typed: dict[str, str]) -> str:
    """« Mme » is a person; « SCI » is a company, whose name it begins."""
    said = normalise(typed.get("civility", ""))
    words = set(said.split()) - _JOINING
    if words and words <= COURTESIES:
        return PERSON
    if said not in TRADES:
        return PERSON if _first_word(typed.get("full_name", "")) in COURTESIES else ""
    name = next((name for name in WHOLE if typed.get(name)), "last_name")
    if said in LEGAL_FORMS and typed.get(name):
        typed[name] = f"{typed['civility'].strip()} {typed[name].strip()}"
    return COMPANY


def _by_name(record: Record, whole: str) -> None:
    typed = record.typed
    first, last = typed.get("first_name", ""), typed.get("last_name", "")
    if first and last:
        if not same_words(whole, f"{first} {last}"):
            typed["kind"] = COMPANY
            if " " not in whole and any(map(str.isdigit, whole)):
                _doubt(record, whole, COMPANY)
        return
    if first:
        return
    says_person = bool(typed.get("surname_first") or typed.get("person_name"))
    kind, sure = _judge(whole, says_person=says_person, siret=bool(typed.get("siret")))
    typed["kind"] = kind
    if not sure:
        _doubt(record, whole, kind)


def _doubt(record: Record, whole: str, kind: str) -> None:
    name = next(name for name in WHOLE if record.typed.get(name))
    record.quoted[name] = whole
    message = (
        _("Rien ne dit si c’est une personne ou une entreprise : pris pour une personne, à vérifier.")
        if kind == PERSON
        else _("Rien ne dit si c’est une personne ou une entreprise : pris pour une entreprise, à vérifier.")
    )
    record.note(name, message)


def doubt_lone_name(record: Record) -> None:
    """Doubt a company with nothing but a name: it may be the title of a group."""
    if record.values.get("kind") == COMPANY:
        message = _("Rien que ce nom sur la ligne : si c’est le titre d’un groupe et non un client, retirez-la.")
        record.note("company_name", message)


def _judge(whole: str, *, says_person: bool, siret: bool) -> tuple[str, bool]:
    """The kind of a whole name, and whether it is sure."""
    words = normalise(whole).split()
    if siret or names_company(whole):
        # “Garage du Port, Marie Durand” may be a person of that company.
        return COMPANY, siret or not LEGAL_FORMS.isdisjoint(words) or not PARTED_NAME.fullmatch(whole.strip())
    if words and words[0] in COURTESIES:
        return PERSON, True
    if 2 <= len(words) <= 5 and not FIRST_NAMES.isdisjoint(words):
        return PERSON, True
    if says_person and len(words) > 1:
        return PERSON, True
    return (PERSON if says_person else COMPANY), False


def names_company(whole: str) -> bool:
    """Whether a name can only be that of a company: it has a word of trade, a figure, an “&”."""
    return not TRADES.isdisjoint(normalise(whole).split()) or any(map(str.isdigit, whole)) or "&" in whole


def split_whole(whole: str, *, order: str) -> FullName:
    """First and last name: told by capitals, else by a usual first name, else by the order that the heading names.

    `order` is the field of the heading. Not sure: first names that are surnames as often, where nothing else tells.
    """
    words = whole.split()
    while len(words) > 1 and normalise(words[0]) in _BEFORE_NAMES:
        words = words[1:]
    found = split_name(" ".join(words))
    if normalise(found.first).partition(" ")[0] in _BORN:
        return FullName("", " ".join(words), True)
    if len(words) < 2 or len({word.isupper() for word in words}) > 1 or PARTED_NAME.fullmatch(whole.strip()):
        return found
    begins, ends = (normalise(word).partition(" ")[0] for word in (words[0], words[-1]))
    if begins in FIRST_NAMES and ends not in FIRST_NAMES:
        return found._replace(sure=found.sure and not (order == SURNAME_FIRST and begins in SURNAMES))
    if ends in FIRST_NAMES and begins not in FIRST_NAMES:
        sure = order == SURNAME_FIRST or ends not in SURNAMES
        return FullName(words[-1], " ".join(words[:-1]), sure and len(words) == 2)
    if order == SURNAME_FIRST:
        return FullName(words[-1], " ".join(words[:-1]), False)
    told = order == FIRST_NAME_FIRST or (begins in FIRST_NAMES and begins not in SURNAMES)
    return found._replace(sure=found.sure and told)


def same_words(whole: str, parts: str) -> bool:
    """Whether a whole name is that of the person beside it, and not of the company this person answers for."""
    words = set(normalise(whole).split())
    return bool(words) and words - set(normalise(parts).split()) <= COURTESIES


def _first_word(text: str) -> str:
    return normalise(text).partition(" ")[0]
