"""How files call the fields of vehicles, cards and entries: the headings of exports first (access.columns)."""

from __future__ import annotations

from fixaloop.imports.fields import Field

CLIENT = Field(
    "client",
    "Client",
    (
        "Client (e-mail)", "Titulaire (e-mail)", "Titulaire", "E-mail du client", "E-mail", "Référence client",
        "Référence du client", "Identifiant client", "Client (référence)", "SIRET du client", "SIRET",
        "Référence externe", "Client (référence externe)", "Holder", "Owner", "Customer", "Customer e-mail",
        "Code client", "N° client", "Propriétaire", "Client (email)", "Email client", "Mail client", "Email", "Mail",
    ),
)  # fmt: skip
CLIENT_NAME = Field("client_name", "Nom du client", ("Titulaire (nom)",), computed=True)
TAGS = Field("tags", "Tags", ("Étiquettes", "Labels"))

VEHICLE_FIELDS = (
    Field(
        "plate",
        "Immatriculation",
        (
            *("Plaque", "N° d'immatriculation", "N° immatriculation", "Numéro d'immatriculation", "Immat", "N° plaque"),
            *("Licence plate", "License plate", "Plate", "Registration"),
        ),
    ),
    Field("country", "Pays", ("Country",)),
    Field("make", "Marque", ("Make", "Constructeur")),
    Field("model", "Modèle", ("Model",)),
    Field("year", "Année", ("Year", "Année de mise en circulation")),
    Field("color", "Couleur", ("Color", "Colour")),
    CLIENT,
    CLIENT_NAME,
    TAGS,
    Field("is_active", "En circulation", ("Actif", "Active")),
    Field("created_at", "Créé le", ("Created at",), computed=True),
)
CARD_FIELDS = (
    Field("username", "Nom d’utilisateur", ("Nom d'utilisateur", "Utilisateur", "Username", "Login", "User name")),
    Field("kind", "Type", ("Type de carte", "Kind", "Card type")),
    Field("badge_number", "N° de badge", ("N° carte", "Numéro de carte", "N° badge", "Badge", "UID", "Card number")),
    Field("qr_value", "Code QR statique", ("Code QR", "QR code", "QR", "QR statique")),
    CLIENT,
    CLIENT_NAME,
    Field("status", "Statut", ("État", "Status")),
    Field("status_reason", "Motif du statut", ("Motif", "Reason")),
    Field("valid_from", "Valable du", ("Valide du", "Début", "Début de validité", "Valid from")),
    Field("valid_until", "Valable au", ("Valide au", "Fin", "Fin de validité", "Expiration", "Valid until")),
    Field("zones", "Zones", ("Zone", "Accès", "Permissions")),
    Field("hours", "Horaires", ("Plages horaires", "Hours")),
    TAGS,
    Field("use_count", "Passages", ("Uses",), computed=True),
    Field("last_used_at", "Dernier passage", ("Last used",), computed=True),
    Field("created_at", "Émise le", ("Issued",), computed=True),
)
ENTRY_FIELDS = (
    CLIENT,
    CLIENT_NAME,
    Field("card", "Carte", ("Nom d'utilisateur", "Username", "Card")),
    Field("vehicle", "Véhicule", ("Immatriculation", "Plaque", "Vehicle", "Plate")),
    Field("zone", "Zone", ("Lieu", "Parking")),
    Field("entered_at", "Entrée le", ("Entrée", "Date d'entrée", "Arrivée", "Entered at", "Entry")),
    Field("device_in", "Entrée par", ("Lecteur d'entrée", "Entry device")),
    Field("exited_at", "Sortie le", ("Sortie", "Date de sortie", "Départ", "Exited at", "Exit")),
    Field("device_out", "Sortie par", ("Lecteur de sortie", "Exit device")),
    Field("estimated", "Sortie estimée", ("Estimated",), computed=True),
    Field("duration", "Durée (min)", (), computed=True),
    Field("anomalies", "Anomalies", (), computed=True),
    Field("amount_due", "Montant dû", ("Montant", "Amount", "Amount due")),
    Field("paid_amount", "Payé", ("Montant payé", "Paid")),
    Field("balance", "Reste dû", ("Balance",), computed=True),
    Field("payment_status", "Paiement", ("Payment status",), computed=True),
    Field("note", "Note", ("Notes", "Remarque", "Commentaire")),
)
STATUSES = {
    **dict.fromkeys(("actif", "active", "en service", "valide", "valable"), "active"),
    # Said of an active card by the calendar: its dates say it again.
    **dict.fromkeys(("expiree", "expire", "expired", "pas encore valable", "a venir", "upcoming"), "active"),
    **dict.fromkeys(
        ("suspendue", "suspendu", "suspended", "desactivee", "desactive", "inactif", "inactive", "bloquee", "disabled"),
        "suspended",
    ),
    **dict.fromkeys(("perdue", "perdu", "lost", "volee"), "lost"),
    **dict.fromkeys(("revoquee", "revoque", "revoked", "annulee", "supprimee"), "revoked"),
}
YES = frozenset(("oui", "yes", "vrai", "true", "1", "x", "o"))
NO = frozenset(("non", "no", "faux", "false", "0", "n"))
