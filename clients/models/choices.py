"""What some columns of a client hold, in words."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class Language(models.TextChoices):
    FRENCH = "fr", _("Français")
    ENGLISH = "en", _("Anglais")
    GERMAN = "de", _("Allemand")
    SPANISH = "es", _("Espagnol")
    ITALIAN = "it", _("Italien")
    DUTCH = "nl", _("Néerlandais")
    PORTUGUESE = "pt", _("Portugais")
    ARABIC = "ar", _("Arabe")
    POLISH = "pl", _("Polonais")
    ROMANIAN = "ro", _("Roumain")
    TURKISH = "tr", _("Turc")


class Channel(models.TextChoices):
    NONE = "none", _("Sans préférence")
    EMAIL = "email", _("E-mail")
    PHONE = "phone", _("Téléphone")
    POST = "post", _("Courrier")


class Payer(models.TextChoices):
    OWN = "own", _("Lui-même")
    COMPANY = "company", _("Son entreprise")
