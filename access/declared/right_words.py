"""What the rights on cards, vehicles, entries, the gate and its places open, in words."""

from django.utils.translation import gettext_lazy as _

from fixaloop.web.rights import Room, Words

ROOMS = (
    Room(
        _("Contrôle et présence"),
        {
            "use_control": Words(_("Tenir le contrôle"), _("le comptoir : vérifier, faire entrer, faire sortir")),
            "correct_entry": Words(
                _("Corriger les présences"), _("entrées ajoutées, finies ou annulées avec un motif")
            ),
            "view_rollcall": Words(_("Voir les appels"), _("les évacuations passées et qui y a été pointé")),
            "lead_rollcall": Words(_("Mener un appel"), _("le début et la fin d’une évacuation")),
            "mark_rollcall": Words(_("Pointer à l’appel"), _("la liste d’évacuation, où l’on coche les personnes")),
        },
    ),
    Room(
        _("Entrées"),
        {
            "view_entry": Words(_("Voir les entrées"), _("qui est là, et la liste des entrées et des sorties")),
            "add_entry": Words(_("Ajouter des entrées"), _("l’import d’entrées")),
            "change_entry": Words(_("Modifier les entrées"), _("l’étiquetage d’une entrée et l’import d’entrées")),
            "delete_entry": Words(_("Supprimer des entrées"), _("la suppression, dans l’administration")),
            "export_entry": Words(_("Exporter les entrées"), _("la liste en fichier, et celle d’une évacuation")),
            "view_payment": Words(_("Voir l’argent des entrées"), _("les montants et les paiements des entrées")),
            "add_payment": Words(_("Encaisser les entrées"), _("l’enregistrement et le remboursement d’un paiement")),
        },
    ),
    Room(
        _("Cartes"),
        {
            "view_accesscard": Words(_("Voir les cartes"), _("la liste des cartes et leurs fiches")),
            "add_accesscard": Words(_("Créer des cartes"), _("la création d’une carte ou d’un laissez-passer")),
            "change_accesscard": Words(
                _("Modifier les cartes"), _("la validité, les zones, la suspension et le remplacement d’une carte")
            ),
            "delete_accesscard": Words(_("Supprimer des cartes"), _("la suppression, dans l’administration")),
            "export_accesscard": Words(_("Exporter les cartes"), _("la liste en fichier")),
        },
    ),
    Room(
        _("Véhicules"),
        {
            "view_vehicle": Words(_("Voir les véhicules"), _("la liste des véhicules et leurs fiches")),
            "add_vehicle": Words(_("Ajouter des véhicules"), _("le formulaire « Nouveau véhicule »")),
            "change_vehicle": Words(_("Modifier les véhicules"), _("le formulaire d’un véhicule et ses conducteurs")),
            "delete_vehicle": Words(_("Supprimer des véhicules"), _("la suppression d’un véhicule")),
            "export_vehicle": Words(_("Exporter les véhicules"), _("la liste en fichier")),
        },
    ),
    Room(
        _("Événements"),
        {
            "view_event": Words(_("Voir les événements"), _("la liste des événements et la chronologie des clients")),
            "export_event": Words(_("Exporter les événements"), _("la liste en fichier")),
        },
    ),
    Room(
        _("Lieux"),
        {
            "view_zone": Words(_("Voir les zones"), _("la liste des zones et leurs fiches")),
            "add_zone": Words(_("Ajouter des zones"), _("le formulaire « Nouvelle zone »")),
            "change_zone": Words(_("Modifier les zones"), _("le formulaire d’une zone")),
            "delete_zone": Words(_("Supprimer des zones"), _("la suppression d’une zone")),
            "view_device": Words(_("Voir les appareils"), _("la liste des lecteurs et leurs fiches")),
            "add_device": Words(_("Ajouter des appareils"), _("le formulaire « Nouvel appareil » et son jeton")),
            "change_device": Words(_("Modifier les appareils"), _("le formulaire d’un appareil et son jeton")),
            "delete_device": Words(_("Supprimer des appareils"), _("la suppression d’un appareil")),
            "view_specialday": Words(_("Voir le calendrier"), _("les jours exceptionnels et les jours fériés")),
            "add_specialday": Words(_("Ajouter des jours exceptionnels"), _("le formulaire du calendrier")),
            "change_specialday": Words(
                _("Modifier le calendrier"), _("le changement ou le retrait d’un jour exceptionnel")
            ),
            "view_tariff": Words(_("Voir les tarifs"), _("ce que coûte une visite, zone par zone")),
            "add_tariff": Words(_("Ajouter des tarifs"), _("le formulaire « Nouveau tarif »")),
            "change_tariff": Words(_("Modifier les tarifs"), _("les prix et les zones d’un tarif")),
            "view_tag": Words(_("Voir les tags"), _("la liste des tags")),
            "add_tag": Words(_("Ajouter des tags"), _("le formulaire « Nouveau tag »")),
            "change_tag": Words(_("Modifier les tags"), _("le formulaire d’un tag")),
            "delete_tag": Words(_("Supprimer des tags"), _("la suppression d’un tag")),
        },
    ),
)
