"""What the rights of files and of accounts open, in words."""

from django.utils.translation import gettext_lazy as _

from fixaloop.web.rights import Room, Words

ROOMS = (
    Room(
        _("Entreprise"),
        {
            "change_firm": Words(
                _("Modifier l’entreprise"), _("son nom, ses coordonnées, ses horaires, ses durées et limites")
            ),
        },
    ),
    Room(
        _("Comptes"),
        {
            "view_user": Words(_("Voir les comptes"), _("qui peut se connecter, et dans quel groupe")),
            "add_user": Words(_("Créer des comptes"), _("un nouveau compte, à qui peut aussi les modifier")),
            "change_user": Words(_("Modifier les comptes"), _("les noms, groupes et mots de passe de l’équipe")),
        },
        app="auth",
    ),
    Room(
        _("Journal"),
        {
            "view_auditentry": Words(_("Voir le journal"), _("connexions, exports, droits donnés, fiches ouvertes")),
            "export_auditentry": Words(_("Exporter le journal"), _("le fichier du journal, avec ses filtres")),
        },
    ),
    Room(
        _("Listes"),
        {"share_savedview": Words(_("Enregistrer des vues pour tous"), _("les vues des listes, pour tous"))},
    ),
    Room(
        _("Fichiers"),
        {
            "view_importbatch": Words(_("Voir les imports"), _("la liste des fichiers importés et leurs rapports")),
            "add_importbatch": Words(
                _("Importer des fichiers"),
                _("l’import, à qui peut ajouter ou modifier"),
            ),
            "undo_importbatch": Words(_("Annuler un import"), _("le retour en arrière d’un import entier")),
        },
    ),
)
