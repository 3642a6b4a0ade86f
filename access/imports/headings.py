"""What files write for the status of a card, and for yes and no."""

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
