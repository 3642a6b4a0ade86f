"""The fields that only other programs have: clients.imports.other_programs turns them into those of a client."""

from __future__ import annotations

from fixaloop.imports.columns import Field

# How headings say whose phone or address it is.
PLACES = {
    "home": ("domicile", "personnel", "home"),
    "work": ("bureau", "travail", "professionnel", "work"),
    "other": ("autre", "other"),
}
PLACED = ("{0} ({1})", "{1} {0}", "Address ({1}) {0}")

ARRANGED = (
    Field(
        "full_name",
        "Nom complet",
        (
            *("Nom et prénom", "Prénom et nom", "Nom Prénom", "Prénom Nom", "Full name", "Name"),
            *("Nom du client", "Nom client", "Client", "Nom du tiers", "Nom tiers", "Customer", "Customer name"),
        ),
        shown=False,
    ),
    Field(
        "any_name",
        "Nom / Raison sociale",
        ("Nom ou raison sociale", "Raison sociale / Nom", "Nom Raison sociale"),
        shown=False,
    ),
    Field("civility", "Civilité", ("Titre de civilité", "Civ", "Title", "Salutation", "Prefix"), shown=False),
    Field("organisation", "Organisation", ("Organization", "Organization name", "Account name"), shown=False),
    Field(
        "mobile",
        "Portable",
        (
            *("Mobile", "Tél portable", "Téléphone portable", "Téléphone mobile", "Tél mobile", "GSM", "Mobile phone"),
            *("Mobile phone number", "Numéro de portable", "N° de portable", "N° portable", "Phone (mobile)", "Cell"),
        ),
        spare="phone_2",
        shown=False,
    ),
    Field("phone_2", "Téléphone 2", ("Tél 2", "Phone 2", "Autre téléphone"), spare="phone_3", shown=False),
    Field("phone_3", "Téléphone 3", ("Tél 3", "Phone 3"), shown=False),
    Field("email_2", "E-mail 2", ("Email 2", "Autre e-mail", "Courriel 2"), spare="email_3", shown=False),
    Field("email_3", "E-mail 3", ("Email 3",), shown=False),
    Field("street_3", "Adresse 3", ("Adresse ligne 3", "Street 3"), shown=False),
    *(
        Field(
            f"{place}_{name}",
            f"{header} ({labels[0]})",
            tuple(form.format(text, label) for text in (header, *texts) for label in labels for form in PLACED),
            shown=False,
        )
        for place, labels in PLACES.items()
        for name, header, *texts in (
            ("phone", "Téléphone", "Tél", "Phone"),
            ("phone_2", "Téléphone 2", "Phone 2"),
            ("street", "Rue", "Adresse", "Street"),
            ("street_extra", "Rue 2", "Street 2"),
            ("street_3", "Rue 3"),
            ("postal_code", "Code postal", "CP", "Postal code", "ZIP"),
            ("city", "Ville", "City"),
            ("country", "Pays/Région", "Pays", "Country"),
        )
    ),
    Field(
        "postal_city",
        "CP Ville",
        ("Code postal et ville", "Code postal Ville", "CP et ville", "Ville et code postal", "CP Commune"),
        shown=False,
    ),
    Field("address", "Adresse complète", ("Address 1 - Formatted",), shown=False),
    Field("custom_label", "Champ personnalisé", ("Custom Field 1 - Label",), shown=False),
    Field("custom_value", "Valeur personnalisée", ("Custom Field 1 - Value",), shown=False),
    Field("email_type", "Type de courrier", shown=False),
    Field("is_company", "is_company", ("Est une société", "Est une entreprise"), shown=False),
    Field("is_client", "Client* (s.client)", shown=False),
    Field("is_open", "État* (s.status)", shown=False),
    Field(
        "vat_number",
        "N° TVA",
        (
            "TVA intracommunautaire",
            "N° TVA intracommunautaire",
            "N° de TVA",
            "Numéro de TVA",
            "N° de TVA intracommunautaire",
            "TVA intracom",
            "N° TVA intracom",
            "VAT",
            "VAT number",
        ),
        shown=False,
    ),
    Field("maybe_siret", "Identification de l’organisation", shown=False),
)
