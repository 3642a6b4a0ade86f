"""SIRET: 14 digits, 9 of the company (SIREN) and 5 of the establishment, checked by python-stdnum.

It knows the exception of La Poste, whose digits add up to a multiple of 5 instead of passing Luhn.
"""

import re

from django.utils.translation import gettext as _
from stdnum.fr import siren, siret as standard

from fixaloop.forms.parsing import BLANK, Value, is_scientific, plain, refuse

_SEPARATORS = re.compile(r"[ .\-/_]")
_LENGTH = 14


def parse_siret(text: str) -> Value:
    """The 14 digits. Codes: scientific, not_digits, siren, length, zero, key."""
    text = plain(text)
    if not text:
        return BLANK
    if is_scientific(text):
        refuse(
            _(
                "« %(value)s » est un nombre abîmé par le tableur, ses derniers chiffres sont perdus : recopiez les"
                " 14 chiffres du SIRET dans une cellule au format Texte."
            ),
            "scientific",
            text,
        )
    digits = _SEPARATORS.sub("", text)
    if not (digits.isascii() and digits.isdigit()):
        refuse(_("« %(value)s » n’est pas un SIRET : saisissez ses 14 chiffres, ou laissez vide."), "not_digits", text)
    if len(digits) == _LENGTH - 1 and standard.is_valid("0" + digits) and int(digits):
        return Value("0" + digits, (_("zéro initial du SIRET rétabli"),))
    _check(digits, text)
    return Value(digits)


def show_siret(siret: str) -> str:
    """401 251 566 01475."""
    return standard.format(siret) if siret else ""


def _check(digits: str, text: str) -> None:
    if len(digits) == 9 and siren.is_valid(digits):
        refuse(
            _(
                "« %(value)s » est un SIREN (9 chiffres) : ajoutez les 5 chiffres de l’établissement pour former le"
                " SIRET, ou laissez vide."
            ),
            "siren",
            text,
        )
    if len(digits) != _LENGTH:
        message = _("« %(value)s » n’est pas un SIRET : il faut 14 chiffres, il y en a %(count)d.")
        refuse(message, "length", text, count=len(digits))
    if not int(digits):
        refuse(_("« %(value)s » n’est pas un SIRET : laissez vide s’il n’est pas connu."), "zero", text)
    if not standard.is_valid(digits):
        refuse(_("Le SIRET « %(value)s » est faux (clé de contrôle) : vérifiez chaque chiffre."), "key", text)
