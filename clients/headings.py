"""How files call the fields of a client, and what they write for its kind."""

from __future__ import annotations

from clients.columns import HEADERS
from clients.models import Client
from fixaloop.imports.choices import spellings
from fixaloop.imports.fields import Field

OTHER_HEADERS: dict[str, tuple[str, ...]] = {
    "reference": ("Référence", "Reference", "Référence client", "Customer number"),
    "kind": ("Type de client", "Type client", "Kind", "Nature", "Type de tiers"),
    "first_name": ("First name", "Given name", "Prénom du contact", "Prénoms"),
    "last_name": ("Last name", "Family name", "Surname", "Nom de famille", "Nom du contact"),
    "company_name": (
        "Société",
        "Entreprise / société",
        "Nom de l'entreprise",
        "Nom de la société",
        "Nom commercial",
        "Company name",
        "Raison sociale / Nom commercial",
        "Dénomination",
        "Dénomination sociale",
        "Enseigne",
        "Organisme",
        "Business name",
    ),
    "siret": ("N° SIRET", "Numéro SIRET", "No SIRET", "SIRET number", "SIREN / SIRET", "SIRET/SIREN"),
    "email": (
        "Email",
        "Courriel",
        "Mail",
        "Mél",
        "Adresse e-mail",
        "Adresse mail",
        "Adresse électronique",
        "E-mail address",
        "Email address",
    ),
    "phone": (
        "Tél",
        "Tel",
        "Téléphone fixe",
        "Tél fixe",
        "Fixe",
        "Phone",
        "Phone number",
        "Numéro de téléphone",
        "Telephone",
        "N° de téléphone",
        "Téléphone 1",
        "Tél 1",
    ),
    "street": ("Rue", "Street", "Address", "Adresse 1", "Adresse ligne 1", "Adresse postale", "Street address"),
    "street_extra": (
        "Complément d'adresse",
        "Complément adresse",
        "Adresse 2",
        "Adresse ligne 2",
        "Street 2",
        "Address 2",
    ),
    "postal_code": ("CP", "Code Postal", "Code post", "Postal code", "Postcode", "ZIP", "Zip code", "C.P."),
    "city": ("Commune", "Localité", "City", "Town"),
    "country": ("Country", "Code pays"),
    "company": ("Rattaché à", "Company", "Employeur", "Entreprise de rattachement"),
    "language": ("Language", "Langue des messages"),
    "description": (
        "Notes",
        "Note",
        "Commentaire",
        "Commentaires",
        "Remarque",
        "Remarques",
        "Observation",
        "Observations",
        "Memo",
    ),
    "external_reference": (
        "Réf. externe",
        "External reference",
        "Code client",
        "Ancien numéro",
        "Numéro client",
        "N° client",
        "No client",
        "Ancienne référence",
        "Customer code",
    ),
    "created_at": (
        "Date de création",
        "Date création",
        "Client depuis",
        "Créé",
        "Created",
        "Created at",
        "Creation date",
        "Depuis",
    ),
}
COMPUTED = ("status", "status_reason", "last_visit", "inside", "open_interventions", "card")
SPARE = {"phone": "mobile", "mobile": "phone_2", "email": "email_2", "street_extra": "street_3"}

# What the layouts of other programs hold, and clients.arranging turns into the fields of a client.
ARRANGED = (
    Field(
        "full_name",
        "Nom complet",
        ("Nom et prénom", "Prénom et nom", "Nom Prénom", "Prénom Nom", "Full name"),
        shown=False,
    ),
    Field(
        "any_name",
        "Nom / Raison sociale",
        ("Nom ou raison sociale", "Raison sociale / Nom", "Nom Raison sociale"),
        shown=False,
    ),
    Field("civility", "Civilité", ("Titre de civilité", "Civ", "Title", "Salutation"), shown=False),
    Field("organisation", "Organisation", ("Organization", "Organization name"), shown=False),
    Field(
        "mobile",
        "Portable",
        ("Mobile", "Tél portable", "Téléphone portable", "Téléphone mobile", "Tél mobile", "GSM", "Mobile phone"),
        spare="phone_2",
        shown=False,
    ),
    Field("phone_2", "Téléphone 2", ("Tél 2", "Phone 2", "Autre téléphone"), spare="phone_3", shown=False),
    Field("phone_3", "Téléphone 3", ("Tél 3", "Phone 3"), shown=False),
    Field("email_2", "E-mail 2", ("Email 2", "Autre e-mail", "Courriel 2"), spare="email_3", shown=False),
    Field("email_3", "E-mail 3", ("Email 3",), shown=False),
    Field("street_3", "Adresse 3", ("Adresse ligne 3", "Street 3"), shown=False),
    *(
        Field(f"{place}_{name}", f"{header} ({label})", shown=False)
        for place, label in (("home", "domicile"), ("work", "bureau"), ("other", "autre"))
        for name, header in (
            ("phone", "Téléphone"),
            ("phone_2", "Téléphone 2"),
            ("street", "Rue"),
            ("street_extra", "Rue 2"),
            ("street_3", "Rue 3"),
            ("postal_code", "Code postal"),
            ("city", "Ville"),
            ("country", "Pays/Région"),
        )
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
            "VAT",
            "VAT number",
        ),
        shown=False,
    ),
    Field("maybe_siret", "Identification de l’organisation", shown=False),
)

FIELDS = (
    *(
        Field(name, header, OTHER_HEADERS.get(name, ()), computed=name in COMPUTED, spare=SPARE.get(name, ""))
        for name, header in HEADERS.items()
    ),
    *ARRANGED,
)
BY_NAME = {field.name: field for field in FIELDS}

KINDS = {
    **dict.fromkeys(
        ("particulier", "individual", "personne", "person", "p", "prive", "private", "te private"), "individual"
    ),
    **dict.fromkeys(
        (
            "entreprise",
            "company",
            "societe",
            "professionnel",
            "e",
            "pro",
            "association",
            "administration",
            "collectivite",
            "organisme",
            "organisation",
            "business",
            "te admin",
            "te group",
            "te large",
            "te medium",
            "te small",
            "te startup",
            "te retail",
            "te wholesale",
            "te other",
        ),
        "company",
    ),
}
LANGUAGES = spellings(Client.Language.choices)
