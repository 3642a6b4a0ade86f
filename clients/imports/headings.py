"""How files call the fields of a client, and what they write for its kind."""

from __future__ import annotations

from clients.imports.arranged import ARRANGED
from clients.imports.help import CHOICES, EXAMPLES, HELP
from clients.lists.file_columns import HEADERS
from clients.models import Client
from fixaloop.files.columns import FileColumn
from fixaloop.imports.cells import spellings

OTHER_HEADERS: dict[str, tuple[str, ...]] = {
    "reference": ("Référence", "Reference", "Référence client", "Customer number"),
    "kind": ("Type de client", "Type client", "Kind", "Nature", "Type de tiers", "Type tiers"),
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
        "E-mail 1",
        "Email 1",
        "E-mail professionnel",
        "Email professionnel",
        "E-mail personnel",
        "Email personnel",
        "E-mail (domicile)",
        "E-mail (bureau)",
        "E-mail (travail)",
        "Email (home)",
        "Email (work)",
        "Work email",
        "Personal email",
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
        "Phone 1",
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
    "country": ("Country", "Code pays", "Country code", "Pays/Région", "Country/Region"),
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
        "Customer ID",
        "ID client",
        "Code",
        "Code tiers",
        "Numéro de client",
        "Record ID",
    ),
    "created_at": (
        "Date de création",
        "Date création",
        "Client depuis",
        "Créé",
        "Created",
        "Created at",
        "Creation date",
        "Create date",
        "Depuis",
    ),
}
COMPUTED = ("status", "status_reason", "last_visit", "inside", "open_interventions", "card")
SPARE = {"phone": "mobile", "mobile": "phone_2", "email": "email_2", "street_extra": "street_3"}

# Of whom and of what a heading speaks, besides what it names: « Ville (facturation) », « E-mail du client ».
PADDING = frozenset(
    (
        *("client", "clients", "customer", "contact", "tiers", "personne", "person", "principal", "principale", "main"),
        *("facturation", "facture", "billing", "primary", "chantier"),
        *("du", "de", "des", "d", "la", "le", "l", "the", "of"),
    )
)

OPTIONAL = frozenset(
    ("siret", "email", "phone", "street", "street_extra", "postal_code", "city", "country", "language")
) | {"description", "external_reference", "company", "created_at"}
FIELDS = (
    *(
        FileColumn(
            header,
            name=name,
            others=OTHER_HEADERS.get(name, ()),
            computed=name in COMPUTED,
            spare=SPARE.get(name, ""),
            help=HELP.get(name, ""),
            example=EXAMPLES.get(name, ""),
            choices=CHOICES.get(name),
            optional=name in OPTIONAL,
        )
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
