"""Badge numbers and usernames as people write them."""

from __future__ import annotations

import re

from django.utils.translation import gettext as _

from fixaloop.forms.values import BLANK, Value, is_scientific, plain, refuse

_SEPARATORS = re.compile(r"[\s:.\-]")
_SPREADSHEET_MARKS = re.compile(r"[.,+]")
_USERNAME = re.compile(r"[^\W_][\w.@+\-]{1,63}")
_LONGEST_BADGE = 40


def badge_key(text: str) -> str:
    """A badge number without the marks readers and software put between its bytes: 04:A2:B9:C1 is 04A2B9C1."""
    return _SEPARATORS.sub("", text).upper()


def parse_badge(text: str) -> Value:
    """The number of a badge, its leading zeros kept. Codes: scientific, badge."""
    text = plain(text)
    if not text:
        return BLANK
    # 12E34567 is a number of a badge in hexadecimal; 4.0E+12 is what a spreadsheet left of one.
    if is_scientific(text) and _SPREADSHEET_MARKS.search(text):
        refuse(
            _(
                "« %(value)s » est un nombre abîmé par le tableur : recopiez le numéro du badge dans une cellule au"
                " format Texte."
            ),
            "scientific",
            text,
        )
    number = badge_key(text)
    if not (number.isascii() and number.isalnum()) or len(number) > _LONGEST_BADGE:
        refuse(_("« %(value)s » n’est pas un numéro de badge : des chiffres et des lettres de A à Z."), "badge", text)
    return Value(number)


def parse_username(text: str) -> Value:
    """The name of a card's holder for the gate. Code: username."""
    username = plain(text)
    if username and not _USERNAME.fullmatch(username):
        message = _("« %(value)s » : un nom d’utilisateur a 2 à 64 lettres, chiffres ou . _ - @ +, sans espace.")
        refuse(message, "username", username)
    return Value(username)
