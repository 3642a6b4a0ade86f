"""What every command says first of an installation that will not do all it should; the gate and the pages go on."""

from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Warning as Doubt
from django.utils.translation import gettext as _

from fixaloop.environment import text
from fixaloop.files.stored import problem


def check_files(**_options: Any) -> list[CheckMessage]:
    reason = problem()
    return [Doubt(reason, id="fixaloop.W001")] if reason else []


def check_key(**_options: Any) -> list[CheckMessage]:
    """Machines that share files serve one site: a session of one is no session of another that has another key."""
    if not settings.BUCKET or text("SECRET_KEY"):
        return []
    message = _(
        "STORAGE_URL est pour plusieurs machines, et la clé secrète n’est que de celle-ci : donnez à toutes la même"
        " SECRET_KEY, celle du fichier « %(file)s » de l’une d’elles"
    )
    return [Doubt(message % {"file": settings.VAR_DIR / "secret_key"}, id="fixaloop.W002")]
