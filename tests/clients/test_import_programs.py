"""Files as programs export them, in French and in English, each with its own headings."""

import io
import json
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command

from clients.models import Client

pytestmark = pytest.mark.django_db

PERSON = ("individual", "Léa", "Durand", "lea@example.org", "+33639981234")
COMPANY = ("company", "Garage du Port", "port@example.org", "+33199001234")
PLACE = ("3 rue X", "69002", "Lyon")

PEOPLE = {
    "Google": (
        "First Name,Middle Name,Last Name,Labels,E-mail 1 - Label,E-mail 1 - Value,Phone 1 - Label,Phone 1 - Value,"
        "Address 1 - Label,Address 1 - Street,Address 1 - City,Address 1 - Postal Code\n"
        "Léa,,Durand,* myContacts,* Home,lea@example.org,Mobile,06 39 98 12 34,Home,3 rue X,Lyon,69002\n"
    ),
    "Outlook in English": (
        "First Name,Middle Name,Last Name,Title,Company,E-mail Address,E-mail Type,Mobile Phone,Home Street,Home City,"
        "Home State,Home Postal Code,Home Country/Region,Business Street,Business City,Business Postal Code,Web Page\n"
        "Léa,,Durand,,,lea@example.org,SMTP,06 39 98 12 34,3 rue X,Lyon,,69002,France,,,,\n"
    ),
    "Outlook in French": (
        "Titre;Prénom;Nom;Société;Adresse de courrier;Type de courrier;Tél. mobile;Rue (domicile);Ville (domicile);"
        "Code postal (domicile);Pays/Région (domicile)\n"
        "Mme;Léa;Durand;;lea@example.org;SMTP;06 39 98 12 34;3 rue X;Lyon;69002;France\n"
    ),
    "Thunderbird in French": (
        "Prénom,Nom de famille,Nom à afficher,Surnom,Adresse électronique principale,Adresse électronique secondaire,"
        "Nom de l’écran,Tél. professionnel,Tél. personnel,Fax,Pager,Portable,Adresse privée,Adresse privée 2,Ville,"
        "Pays/État,Code postal,Pays/Région (domicile),Adresse professionnelle,Organisation,Notes\n"
        "Léa,Durand,Léa Durand,,lea@example.org,,,,,,,06 39 98 12 34,3 rue X,,Lyon,,69002,France,,,\n"
    ),
    "Thunderbird in English": (
        "First Name,Last Name,Display Name,Nickname,Primary Email,Secondary Email,Screen Name,Work Phone,Home Phone,"
        "Fax Number,Pager Number,Mobile Number,Home Address,Home Address 2,Home City,Home State,Home ZipCode,"
        "Home Country,Work Address,Organization,Notes\n"
        "Léa,Durand,Léa Durand,,lea@example.org,,,,,,,06 39 98 12 34,3 rue X,,Lyon,,69002,France,,,\n"
    ),
    "Odoo in French": (
        "Nom affiché,Est une société,Rue,Rue 2,Code postal,Ville,Pays,Téléphone,Mobile,E-mail,Vendeur\n"
        "Léa Durand,FALSE,3 rue X,,69002,Lyon,France,,06 39 98 12 34,lea@example.org,Admin\n"
    ),
    "Dolibarr contacts in French": (
        "Tiers (s.fk_soc),Titre civilité (s.civility),Nom* (s.lastname),Prénom (s.firstname),Adresse (s.address),"
        "Code postal (s.zip),Ville (s.town),Pays (s.fk_pays),Poste/fonction (s.poste),Tél pro (s.phone),"
        "Tél portable (s.phone_mobile),Email (s.email)\n"
        ",MME,Durand,Léa,3 rue X,69002,Lyon,FR,Gérante,,06 39 98 12 34,lea@example.org\n"
    ),
    "Dolibarr contacts in English": (
        "Third-party (s.fk_soc),Title (s.civility),Lastname* (s.lastname),Firstname (s.firstname),Address (s.address),"
        "Zip Code (s.zip),City (s.town),Country (s.fk_pays),Job position (s.poste),Bus. phone (s.phone),"
        "Mobile (s.phone_mobile),Email (s.email)\n"
        ",MRS,Durand,Léa,3 rue X,69002,Lyon,FR,Manager,,06 39 98 12 34,lea@example.org\n"
    ),
    "EspoCRM in English": (
        "Salutation;First Name;Last Name;Account;Title;Email;Phone;Address Street;Address City;Address State;"
        "Address Postal Code;Address Country;Description;Created At\n"
        "Mrs.;Léa;Durand;;;lea@example.org;06 39 98 12 34;3 rue X;Lyon;;69002;France;;2024-03-05 10:22\n"
    ),
    "EspoCRM in French": (
        "Salutation;Prénom;Nom;Compte;Titre;E-mail;Téléphone;Adresse (rue);Adresse (ville);Adresse (code postal);"
        "Adresse (pays);Description\n"
        "Mme;Léa;Durand;;;lea@example.org;06 39 98 12 34;3 rue X;Lyon;69002;France;\n"
    ),
    "HubSpot in French": (
        "ID de fiche d'informations,Prénom,Nom de famille,E-mail,Numéro de téléphone,Propriétaire du contact,"
        "Phase du cycle de vie,Statut du lead,Adresse postale,Ville,Code postal\n"
        "101,Léa,Durand,lea@example.org,06 39 98 12 34,Odile,Client,Nouveau,3 rue X,Lyon,69002\n"
    ),
    "Pipedrive in English": (
        "Person - Name,Person - First name,Person - Last name,Person - Email - Work,Person - Email - Home,"
        "Person - Phone - Work,Person - Phone - Mobile,Person - Organization,Person - Owner,Person - Postal address,"
        "Person - City,Person - Zip code\n"
        "Léa Durand,Léa,Durand,,lea@example.org,,06 39 98 12 34,,Odile,3 rue X,Lyon,69002\n"
    ),
    "Pipedrive in French": (
        "Personne - Nom,Personne - Prénom,Personne - Nom de famille,Personne - E-mail - Travail,"
        "Personne - Téléphone - Mobile,Personne - Organisation,Personne - Propriétaire,Personne - Adresse,"
        "Personne - Ville,Personne - Code postal\n"
        "Léa Durand,Léa,Durand,lea@example.org,06 39 98 12 34,,Odile,3 rue X,Lyon,69002\n"
    ),
    "Ciel": (
        "Code client\tTitre\tNom\tPrénom\tAdresse 1\tAdresse 2\tCode postal\tVille\tTél. fixe\tTél. portable\tE-mail\t"
        "Solde\tMode de règlement\n"
        "101\tMme\tDurand\tLéa\t3 rue X\t\t69002\tLyon\t\t06 39 98 12 34\tlea@example.org\t0,00\tChèque\n"
    ),
}
COMPANIES = {
    "Odoo in English": (
        "Display Name,Is a Company,Related Company,Street,Street2,Zip,City,Country,Phone,Mobile,Email,Tags\n"
        "Garage du Port,True,,3 rue X,,69002,Lyon,France,01 99 00 12 34,,port@example.org,VIP\n"
    ),
    "Dolibarr third parties in English": (
        "Third-party name* (s.nom),Alias name (s.name_alias),Parent company (s.parent),Status* (s.status),"
        "Customer code (s.code_client),Address (s.address),Zip Code (s.zip),City (s.town),Country code (s.fk_pays),"
        "Phone (s.phone),Email (s.email),Third-party type (s.fk_typent),Prof. id 2 (s.siret),Customer* (s.client)\n"
        "Garage du Port,,,1,CU1,3 rue X,69002,Lyon,FR,01 99 00 12 34,port@example.org,TE_SMALL,,1\n"
    ),
    "EspoCRM accounts": (
        "Name;Website;Email;Phone;Type;Industry;SIC Code;Billing Address Street;Billing Address City;"
        "Billing Address Postal Code;Billing Address Country;Assigned User\n"
        "Garage du Port;;port@example.org;01 99 00 12 34;Customer;Automotive;;3 rue X;Lyon;69002;France;Odile\n"
        "Mairie de Z;;z@example.org;;Partner;;;;;;;Odile\n"
    ),
    "HubSpot companies": (
        "Record ID,Company name,Company owner,Create Date,Phone Number,Email,City,Street Address,Postal Code,Industry\n"
        "101,Garage du Port,Odile,2024-03-05 10:22,01 99 00 12 34,port@example.org,Lyon,3 rue X,69002,Automotive\n"
    ),
    "Pipedrive organisations": (
        "Organization - Name,Organization - Owner,Organization - Phone,Organization - Email,Organization - Street,"
        "Organization - City,Organization - Zip code\n"
        "Garage du Port,Odile,01 99 00 12 34,port@example.org,3 rue X,Lyon,69002\n"
    ),
    "Sage 100": (
        "Numéro compte;Intitulé;Qualité;Contact;Adresse;Complément;Code postal;Ville;Pays;Téléphone;Télécopie;E-mail;"
        "N° Siret;Code NAF;Encours autorisé\n"
        "411GARAGE;Garage du Port;;;3 rue X;;69002;Lyon;France;01 99 00 12 34;;port@example.org;;4520A;0\n"
    ),
    "Sage 50": (
        "Code;Nom;Société;Forme juridique;Famille clients;Adresse 1;Code Postal;Ville;Téléphone;E-mail;SIRET\n"
        "C1;Garage du Port;Garage du Port;SARL;PRO;3 rue X;69002;Lyon;01 99 00 12 34;port@example.org;\n"
    ),
    "EBP": (
        "Code (tiers);Nom (tiers);Civilité (tiers);Adresse 1 (Facturation);Code postal (Facturation);"
        "Ville (Facturation);Téléphone fixe (Facturation);E-mail (Facturation);SIREN;Famille clients/prospects\n"
        "101;Garage du Port;SARL;3 rue X;69002;Lyon;01 99 00 12 34;port@example.org;401251566;PRO\n"
    ),
    "Ciel": (
        "Code client;Raison sociale;Adresse 1;Code postal;Ville;Tél. fixe;E-mail;N° SIRET;N° TVA intracommunautaire\n"
        "101;Garage du Port;3 rue X;69002;Lyon;01 99 00 12 34;port@example.org;;\n"
    ),
}


def run(folder: Path, text: str) -> dict[str, Any]:
    path = folder / "export.csv"
    path.write_text(text, encoding="utf-8")
    output = io.StringIO()
    call_command("import_clients", str(path), "--format=json", stdout=output)
    report: dict[str, Any] = json.loads(output.getvalue())
    return report


@pytest.mark.parametrize("text", PEOPLE.values(), ids=PEOPLE)
def test_a_person_comes_in_whole(tmp_path: Path, text: str) -> None:
    run(tmp_path, text)
    client = Client.objects.get()
    assert (client.kind, client.first_name, client.last_name, client.email, str(client.phone)) == PERSON
    assert (client.street, client.postal_code, client.city) == PLACE


@pytest.mark.parametrize("text", COMPANIES.values(), ids=COMPANIES)
def test_a_company_comes_in_whole(tmp_path: Path, text: str) -> None:
    run(tmp_path, text)
    client = Client.objects.get(email="port@example.org")
    name = client.company_name.removeprefix("SARL ")
    assert (client.kind, name, client.email, str(client.phone)) == COMPANY
    assert (client.street, client.postal_code, client.city) == PLACE
