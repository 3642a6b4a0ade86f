"""How files call the fields of a client, and what they write for its kind."""

from __future__ import annotations

from clients.columns import HEADERS
from fixaloop.imports.fields import Field

OTHER_HEADERS: dict[str, tuple[str, ...]] = {
    "reference": ("Référence", "Reference", "Numéro client", "N° client", "Customer number"),
    "kind": ("Type de client", "Kind", "Nature"),
    "first_name": ("First name", "Given name", "Prénom du contact"),
    "last_name": ("Last name", "Family name", "Surname", "Nom de famille", "Nom du contact"),
    "company_name": ("Société", "Entreprise / société", "Nom de l'entreprise", "Nom commercial", "Company name"),
    "siret": ("N° SIRET", "Numéro SIRET", "SIRET number"),
    "email": ("Email", "Courriel", "Mail", "Adresse e-mail", "Adresse électronique", "E-mail address"),
    "phone": ("Tél", "Tel", "Tél.", "Phone", "Phone number", "Numéro de téléphone", "Portable", "Mobile"),
    "street": ("Rue", "Street", "Address", "Adresse 1", "Adresse ligne 1"),
    "street_extra": ("Complément d'adresse", "Adresse 2", "Adresse ligne 2", "Street 2"),
    "postal_code": ("CP", "Code Postal", "Postal code", "Postcode", "ZIP", "Zip code"),
    "city": ("Commune", "Localité", "City", "Town"),
    "country": ("Country",),
    "company": ("Rattaché à", "Company", "Employeur"),
    "language": ("Language",),
    "description": ("Notes", "Note", "Commentaire", "Commentaires", "Remarques", "Observations"),
    "external_reference": ("Réf. externe", "External reference", "Code client", "Ancien numéro"),
}
COMPUTED = ("status", "status_reason", "last_visit", "inside", "created_at")
FIELDS = tuple(
    Field(name, header, OTHER_HEADERS.get(name, ()), computed=name in COMPUTED) for name, header in HEADERS.items()
)
KINDS = {
    **dict.fromkeys(("particulier", "individual", "personne", "person", "p", "prive", "private"), "individual"),
    **dict.fromkeys(("entreprise", "company", "societe", "professionnel", "e", "pro", "association"), "company"),
}
