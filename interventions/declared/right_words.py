"""What the rights on interventions, payments and absences open, in words."""

from django.utils.translation import gettext_lazy as _

from fixaloop.web.rights import Room, Words

ROOMS = (
    Room(
        _("Interventions"),
        {
            "view_intervention": Words(_("Voir les interventions"), _("la liste, le planning et les fiches")),
            "add_intervention": Words(_("Ajouter des interventions"), _("le formulaire « Nouvelle intervention »")),
            "change_intervention": Words(
                _("Modifier toutes les interventions"), _("les formulaires, les étapes et les créneaux de chacune")
            ),
            "change_own_intervention": Words(
                _("Modifier ses propres interventions"),
                _("les formulaires, les étapes et les créneaux de celles dont on est le technicien"),
            ),
            "delete_intervention": Words(_("Supprimer des interventions"), _("la suppression d’une intervention")),
            "export_intervention": Words(_("Exporter les interventions"), _("la liste en fichier")),
            "reopen_intervention": Words(
                _("Rouvrir des interventions"),
                _("la reprise de ce qui est terminé ou annulé, et ses heures"),
            ),
        },
    ),
    Room(
        _("Paiements"),
        {
            "view_interventionpayment": Words(
                _("Voir l’argent des interventions"), _("devis, montants, soldes et paiements des interventions")
            ),
            "add_interventionpayment": Words(
                _("Encaisser les interventions"), _("l’enregistrement et le remboursement d’un paiement")
            ),
            "export_ledgerpayment": Words(_("Exporter les paiements"), _("la liste de tous les paiements en fichier")),
            "view_closing": Words(_("Voir les clôtures de caisse"), _("la clôture du jour et celles des jours passés")),
            "add_closing": Words(_("Clôturer la caisse"), _("l’enregistrement d’une clôture")),
        },
    ),
    Room(
        _("Absences"),
        {
            "view_absence": Words(_("Voir les absences"), _("qui est absent, quand et pourquoi")),
            "add_absence": Words(_("Ajouter des absences"), _("le formulaire « Nouvelle absence »")),
            "change_absence": Words(_("Modifier les absences"), _("le formulaire d’une absence")),
            "delete_absence": Words(_("Supprimer des absences"), _("la suppression d’une absence")),
        },
    ),
)
