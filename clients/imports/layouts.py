"""The headings of the programs whose customer files people bring, in the form they are compared in.

HubSpot (contacts), Google Contacts (export of 2024), Outlook in French, Odoo 17 (res_partner), Dolibarr 22 (import
model of third parties), Sage 50 (customers). What a layout maps to "" says nothing about a client; the report
names it as left aside.
"""

from __future__ import annotations

from fixaloop.imports.columns import Layout
from fixaloop.words.text import normalise


def _layout(name: str, marks: tuple[str, ...], columns: dict[str, str]) -> Layout:
    return Layout(
        name, frozenset(map(normalise, marks)), {normalise(header): field for header, field in columns.items()}
    )


GOOGLE = _layout(
    "Google Contacts",
    ("E-mail 1 - Value", "Phone 1 - Value"),
    {
        "First Name": "first_name",
        "Last Name": "last_name",
        "Given Name": "first_name",
        "Family Name": "last_name",
        "Name": "",
        "Name Prefix": "civility",
        "Organization Name": "organisation",
        "Organization 1 - Name": "organisation",
        "Notes": "description",
        "E-mail 1 - Value": "email",
        "E-mail 2 - Value": "email_2",
        "E-mail 3 - Value": "email_3",
        "Phone 1 - Value": "phone",
        "Phone 2 - Value": "phone_2",
        "Phone 3 - Value": "phone_3",
        "Address 1 - Formatted": "address",
        "Address 1 - Street": "street",
        "Address 1 - Extended Address": "street_extra",
        "Address 1 - PO Box": "street_3",
        "Address 1 - City": "city",
        "Address 1 - Postal Code": "postal_code",
        "Address 1 - Country": "country",
        "Custom Field 1 - Label": "custom_label",
        "Custom Field 1 - Value": "custom_value",
    },
)

OUTLOOK = _layout(
    "Outlook",
    ("Adresse de courrier", "Rue (domicile)"),
    {
        "Titre": "civility",
        "Titre (2)": "",
        "Prénom": "first_name",
        "Nom": "last_name",
        "Société": "organisation",
        "Adresse de courrier": "email",
        "Adresse de courrier 2": "email_2",
        "Adresse de courrier 3": "email_3",
        "Type de courrier": "email_type",
        "Tél. mobile": "mobile",
        "Téléphone principal": "phone",
        "Téléphone société": "phone_2",
        "Téléphone (autre)": "phone_3",
        "Notes": "description",
        "Numéro d'identification de l'organisation": "maybe_siret",
        "Langue": "",
        "Compte": "",
        **{
            f"{header} ({label}){rank}": f"{place}_{field}"
            for place, label in (("home", "domicile"), ("work", "bureau"), ("other", "autre"))
            for header, rank, field in (
                ("Rue", "", "street"),
                ("Rue", " 2", "street_extra"),
                ("Rue", " 3", "street_3"),
                ("Ville", "", "city"),
                ("Code postal", "", "postal_code"),
                ("Pays/Région", "", "country"),
            )
        },
        "Téléphone (domicile)": "home_phone",
        "Téléphone 2 (domicile)": "home_phone_2",
        "Téléphone (bureau)": "work_phone",
        "Téléphone 2 (bureau)": "work_phone_2",
    },
)

ODOO = _layout(
    "Odoo",
    ("name", "is_company", "country_id"),
    {
        "name": "full_name",
        "is_company": "is_company",
        "company_name": "company",
        "parent_id": "company",
        "country_id": "country",
        "zip": "postal_code",
        "city": "city",
        "street": "street",
        "street2": "street_extra",
        "phone": "phone",
        "mobile": "mobile",
        "email": "email",
        "ref": "external_reference",
        "comment": "description",
        "lang": "",
        "vat": "vat_number",
        "state_id": "",
    },
)

DOLIBARR = _layout(
    "Dolibarr",
    ("Nom du tiers* (s.nom)", "Type du tiers (s.fk_typent)"),
    {
        "Nom du tiers* (s.nom)": "full_name",
        "Maison mère (s.parent)": "company",
        "État* (s.status)": "is_open",
        "Code client (s.code_client)": "external_reference",
        "Adresse (s.address)": "street",
        "Code postal (s.zip)": "postal_code",
        "Ville (s.town)": "city",
        "Code pays (s.fk_pays)": "country",
        "Téléphone (s.phone)": "phone",
        "Tél portable (s.phone_mobile)": "mobile",
        "Email (s.email)": "email",
        "Type du tiers (s.fk_typent)": "kind",
        "Identifiant professionnel 2 (s.siret)": "siret",
        "Note (privée) (s.note_private)": "description",
        "Client* (s.client)": "is_client",
        "Date création (s.datec)": "created_at",
    },
)

SAGE = _layout(
    "Sage 50",
    ("Code", "Nom", "Société", "Forme juridique", "Famille clients"),
    {
        "Code": "external_reference",
        "Nom": "full_name",
        "Société": "organisation",
        "Adresse 1": "street",
        "Adresse 2": "street_extra",
        "Adresse 3": "street_3",
        "Code Postal": "postal_code",
        "Ville": "city",
        "Pays": "country",
        "Téléphone": "phone",
        "Portable": "mobile",
        "E-mail": "email",
        "SIRET": "siret",
        "Observations": "description",
        "Date de création": "created_at",
        "Type de client": "kind",
        "Civilité": "civility",
        "Nom du contact": "",
    },
)

HUBSPOT = _layout(
    "HubSpot",
    ("Record ID", "First Name", "Last Name"),
    {"Company Name": "organisation", "Associated Company": "organisation", "Last Activity Date": ""},
)

LAYOUTS = (HUBSPOT, GOOGLE, OUTLOOK, ODOO, DOLIBARR, SAGE)
