"""The columns of a file that say whose a row is: told apart by their headings, and together where there are several."""

from django.utils.translation import gettext_lazy as _

from fixaloop.files.columns import FileColumn


def _key(header: str, name: str, *others: str) -> FileColumn:
    """A column that only files of other programs have: ours says it all in “Client”."""
    return FileColumn(header, name=name, others=others, foreign=True)


CLIENT = FileColumn(
    "Client",
    lambda row, at: row.client.reference if row.client else "",
    14,
    name="client",
    spare="client_name",
    others=(
        *("Référence client", "Référence du client", "Identifiant client", "Client (référence)", "N° client"),
        *("Titulaire", "Propriétaire", "Porteur", "Détenteur", "Bénéficiaire", "Holder", "Owner", "Customer"),
    ),
    help=_(
        "Obligatoire : référence, e-mail, SIRET ou référence externe du client, ou son nom s’il est seul à le porter."
    ),
    example="CLT-007",
)
CLIENT_NAME = FileColumn(
    "Nom du client",
    lambda row, at: row.client.name if row.client else "",
    28,
    name="client_name",
    seen_with="client",
    others=(
        "Titulaire (nom)",
        "Nom du titulaire",
        "Nom du propriétaire",
        "Client (nom)",
        "Customer name",
        "Owner name",
    ),
    help=_("Sert à trouver le client là où rien d’autre ne le dit."),
    example="Marie Curie",
)
OWNER = (
    CLIENT,
    CLIENT_NAME,
    _key(
        *("E-mail du client", "client_email", "Client (e-mail)", "Titulaire (e-mail)", "Client (email)", "E-mail"),
        *("Email client", "Mail client", "Email", "Mail", "E-mail du propriétaire", "Customer e-mail", "Owner e-mail"),
    ),
    _key("SIRET du client", "client_siret", "Client (SIRET)", "SIRET"),
    _key(
        *("Référence externe du client", "client_code", "Référence externe", "Client (référence externe)"),
        "Code client",
    ),
)
