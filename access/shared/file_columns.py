"""Columns that several files of access have."""

import re

from django.utils.translation import gettext_lazy as _

from fixaloop.files.columns import FileColumn
from fixaloop.forms.parsing import plain

_SEPARATORS = re.compile(r"[|;\n]")


def split_names(text: str) -> list[str]:
    """« VIP | PMR » as names, each once."""
    names = (plain(part) for part in _SEPARATORS.split(text))
    return list({name.lower(): name for name in names if name}.values())


CLIENT = FileColumn(
    "Client",
    lambda row, at: row.client.reference,
    14,
    name="client",
    others=(
        *("Client (e-mail)", "Titulaire (e-mail)", "Titulaire", "E-mail du client", "E-mail", "Référence client"),
        *("Référence du client", "Identifiant client", "Client (référence)", "SIRET du client", "SIRET"),
        *("Référence externe", "Client (référence externe)", "Holder", "Owner", "Customer", "Customer e-mail"),
        *("Code client", "N° client", "Propriétaire", "Client (email)", "Email client", "Mail client", "Email", "Mail"),
    ),
    help=_("Obligatoire : référence, e-mail, SIRET ou référence externe du client."),
    example="CLT-007",
)
CLIENT_NAME = FileColumn(
    "Nom du client",
    lambda row, at: row.client.name,
    28,
    name="client_name",
    seen_with="client",
    others=("Titulaire (nom)",),
    computed=True,
)
TAGS = FileColumn(
    "Tags",
    lambda row, at: "|".join(tag.name for tag in row.tags.all()),
    24,
    name="tags",
    others=("Étiquettes", "Labels"),
    help=_("Plusieurs séparés par | ; ceux qui manquent sont créés."),
    read=split_names,
    optional=True,
)
