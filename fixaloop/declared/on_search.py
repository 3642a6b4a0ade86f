"""One’s own pages, found by their names."""

from django.utils.translation import gettext_lazy as _

from fixaloop.search.hits import Action

ACTIONS = (
    Action(_("Notifications"), "bell", "notices:list"),
    Action(_("Mon profil"), "user-round-cog", "profile"),
    Action(_("Mes droits"), "shield-check", "rights"),
    Action(_("Mot de passe"), "key-round", "password_change"),
)
