"""What the rights on clients open, in words."""

from django.utils.translation import gettext_lazy as _

from fixaloop.web.rights import Room, Words

ROOMS = (
    Room(
        _("Rapports"),
        {
            "export_reports": Words(
                _("Exporter les rapports"),
                _("les chiffres des rapports que l’on voit, en fichier ; les listes ont leurs propres droits d’export"),
            ),
        },
    ),
    Room(
        _("Clients"),
        {
            "view_client": Words(_("Voir les clients"), _("la liste, la recherche, les fiches et leur historique")),
            "add_client": Words(_("Ajouter des clients"), _("le formulaire « Nouveau client »")),
            "change_client": Words(_("Modifier les clients"), _("le formulaire de la fiche, les notes")),
            "delete_client": Words(
                _("Supprimer ou anonymiser des clients"), _("les pages de suppression et d’anonymisation d’une fiche")
            ),
            "export_client": Words(_("Exporter les clients"), _("la liste en fichier et l’archive d’un client")),
            "force_status": Words(_("Forcer le statut d’un client"), _("le statut forcé actif ou inactif")),
            "review_client": Words(_("Revoir les clients"), _("la liste « À revoir » et la confirmation d’une fiche")),
            "view_statement": Words(
                _("Voir le relevé d’un client"),
                _("le relevé d’un client ou d’une entreprise, à imprimer ou en fichier"),
            ),
            "export_statement": Words(
                _("Exporter les relevés des entreprises"), _("le fichier de toutes les entreprises pour une période")
            ),
            "merge_client": Words(_("Fusionner des clients"), _("la réunion de deux fiches d’un même client")),
            "forget_client": Words(
                _("Anonymiser les clients sans contact"), _("la page « Clients sans contact », par lots")
            ),
        },
    ),
    Room(
        _("Modèles de clients"),
        {
            "view_clienttemplate": Words(_("Voir les modèles"), _("la page « Modèles de clients »")),
            "add_clienttemplate": Words(_("Ajouter des modèles"), _("le formulaire « Nouveau modèle »")),
            "change_clienttemplate": Words(_("Modifier les modèles"), _("le formulaire d’un modèle")),
            "delete_clienttemplate": Words(_("Supprimer des modèles"), _("la suppression d’un modèle")),
        },
    ),
)
