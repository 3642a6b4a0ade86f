"""Number plates: kept as typed and compared without punctuation.

French forms: SIV (AB-123-CD, since 2009, without I, O, U), FNI (1234 AB 75, before), garage, diplomatic, army plates.
A French plate of another form is kept with a remark, a foreign one as it is.
"""

import re
import unicodedata

from django.utils.translation import gettext as _

from access.gate.misreads import readings
from fixaloop.forms.parsing import BLANK, Value, plain, refuse

FIRST_YEAR = 1885
LONGEST = 20
_SIV = re.compile(r"([A-HJ-NP-TV-Z]{2})(\d{3})([A-HJ-NP-TV-Z]{2})")
_FNI = re.compile(r"([1-9]\d{0,3})([A-HJ-NP-Z]{1,3})(0[1-9]|[1-8]\d|9[0-5]|2[AB]|97[1-8]|98[4678])")
_OTHER_FRENCH = re.compile(
    r"W\d{3}[A-HJ-NP-TV-Z]{2}"  # a garage's
    r"|\d{1,3}(?:CMD|CD|C|K)\d{1,4}[A-Z]?"  # embassies and consulates
    r"|[1-9]\d{7}"  # the army
)
_BETWEEN = re.compile(r"\s*[,;/&]\s*|\s+(?:et|ou)\s+")
# In Germany the first letters are the district: B-MW 1234 and BM-W 1234 are two cars.
_GERMAN = re.compile(r"([A-ZÄÖÜ]{1,3})[ \-.:•]+([A-Z]{1,2})[ \-]*(\d{1,4}[EH]?)")


def plate_key(text: str) -> str:
    upper = unicodedata.normalize("NFC", text).upper()
    return "".join(character for character in upper if character.isalnum())[:LONGEST]


def plate_mark(text: str, country: str) -> str:
    """A text that no two plates of a country share: the key, in Germany with the district set apart."""
    match = _GERMAN.fullmatch(plain(text).upper()) if country == "DE" else None
    return f"{match[1]}-{match[2]}{match[3]}" if match else plate_key(text)


def show_plate(text: str, country: str) -> str:
    if country == "FR":
        key = plate_key(text)
        if siv := _SIV.fullmatch(key):
            return "-".join(siv.groups())
        if fni := _FNI.fullmatch(key):
            return " ".join(fni.groups())
    return text.upper()


def parse_plate(text: str, country: str = "FR") -> Value:
    """The plate as typed, with a remark if a French one looks odd. Error codes: alphabet, empty, several, too_long."""
    plate = plain(text)
    if not plate:
        return BLANK
    key = plate_key(plate)
    if not key:
        refuse(_("« %(value)s » n’a ni lettre ni chiffre : recopiez l’immatriculation."), "empty", plate)
    if len(plate) > LONGEST:
        refuse(_("« %(value)s » est trop long pour une immatriculation (20 caractères)."), "too_long", plate)
    if len(several := _BETWEEN.split(plate)) > 1 and all(is_french(plate_key(part)) for part in several):
        refuse(_("« %(value)s » contient plusieurs immatriculations : gardez-en une seule."), "several", plate)
    if country == "FR" and (stranger := _stranger(key)):
        message = _(
            "« %(value)s » contient « %(letter)s », une lettre d’un autre alphabet qui ressemble à la nôtre : retapez"
            " l’immatriculation au clavier."
        )
        refuse(message, "alphabet", plate, letter=stranger)
    return Value(plate, (_odd(plate, key),) if country == "FR" and not is_french(key) else ())


def is_french(key: str) -> bool:
    return any(form.fullmatch(key) for form in (_SIV, _FNI, _OTHER_FRENCH))


def _stranger(key: str) -> str:
    letters = (character for character in key if character.isalpha())
    return next((letter for letter in letters if not unicodedata.name(letter, "").startswith("LATIN")), "")


def _odd(plate: str, key: str) -> str:
    message = _("« %(plate)s » n’a pas la forme d’une immatriculation française (AB-123-CD ou 1234 AB 75).")
    said = message % {"plate": plate}
    guesses = [guess for guess, countries in readings(key).items() if "FR" in countries]
    if len(guesses) == 1:
        said += " " + _("Peut-être %(guess)s ?") % {"guess": show_plate(guesses[0], "FR")}
    return said
