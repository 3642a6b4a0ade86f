"""`manage.py verify_payments`: the chain of all payments, recomputed."""

import sys
from typing import Any

from django.utils.translation import gettext as _, gettext_lazy, ngettext

from fixaloop.management import HelpedCommand
from fixaloop.records.chain import verify


class Command(HelpedCommand):
    """Ends with 0 and how many payments there are, or with 1 and the first that is not as Fixaloop left it."""

    about = gettext_lazy("Vérifie que nul paiement n’a été modifié, supprimé ou ajouté sans Fixaloop.")

    def handle(self, *args: Any, **options: Any) -> None:
        count, fault = verify()
        if fault is None:
            told = ngettext("%(count)d paiement, intact.", "%(count)d paiements, tous intacts.", count)
            self.stdout.write(told % {"count": count})
            return
        self.stdout.write(_("Le paiement n° %(number)d %(what)s.") % {"number": fault.number, "what": fault.what})
        sys.exit(1)
