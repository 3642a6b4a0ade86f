"""What the firm has set for itself, known to every process without a query for each page.

The environment wins: operators set there what nobody may change from the browser. A process reads the row once, then
again when the file `firm` in `var/` was touched, or after a minute: other machines have their own `var/`.
"""

import time
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.contrib.auth.models import AbstractBaseUser
from django.db import transaction

from fixaloop.audit.trail import Kind, note
from fixaloop.installation.logos import Picture, address_of, keep
from fixaloop.installation.models import ONLY, Firm, Logo
from fixaloop.records.history import changed_names, has_changed
from fixaloop.records.refusal import Stale

LONGEST = 60
LOGO = "logo__digest"
TOLD = ("name", "address", "phone", "email", "siret", "hours")
RULES: tuple[str, ...] = settings.FIRM_RULES


@dataclass
class Known:
    """The values that are set, and what they were read by."""

    values: dict[str, Any]
    stamp: int
    read_at: float


_known: list[Known] = []


def firm() -> dict[str, str]:
    own = {name: value for name, value in _values().items() if name in TOLD and not is_given(f"FIRM_{name.upper()}")}
    return {"hours": "", "logo": address_of(_values().get(LOGO, ""))} | settings.FIRM | own


def logo() -> Logo | None:
    digest = _values().get(LOGO)
    return Logo.objects.filter(digest=digest).first() if digest else None


def rule(name: str) -> Any:
    """A setting that the firm may choose: the environment’s, else the firm’s, else the usual one."""
    own = None if is_given(name) else _values().get(name.lower())
    return getattr(settings, name) if own is None else own


def latest_rule(name: str) -> Any:
    """What `rule` says once the database is asked: another machine may have changed it within the last minute."""
    _known.clear()
    return rule(name)


def is_given(name: str) -> bool:
    return name in settings.GIVEN


@transaction.atomic
def save_firm(
    row: Firm,
    *,
    by: AbstractBaseUser | None,
    version: int | None = None,
    picture: Picture | None = None,
    no_logo: bool = False,
) -> Firm:
    """Save what the firm says of itself, with a new logo or without one. Raises `Stale`."""
    row.pk = ONLY
    stored = Firm.objects.select_for_update().filter(pk=ONLY).first()
    if picture or no_logo:
        row.logo = keep(picture) if picture else None
    if stored is not None:
        if not has_changed(stored, row):
            return row
        if version != stored.version:
            raise Stale
        row.version = stored.version + 1
    note(Kind.SETTINGS, by=by, changed=sorted(changed_names(stored or Firm(pk=ONLY), row)))
    row._history_user = by  # type: ignore[attr-defined]
    row.save()
    transaction.on_commit(tell)
    return row


def tell() -> None:
    settings.VAR_DIR.joinpath("firm").touch()
    _known.clear()


def know(values: dict[str, Any]) -> None:
    """Take these values for those of the database until told otherwise."""
    _known[:] = [Known(values, _stamp(), time.monotonic())]


def _values() -> dict[str, Any]:
    known = _known[0] if _known else None
    if known is None or known.stamp != _stamp() or time.monotonic() - known.read_at > LONGEST:
        row = Firm.objects.filter(pk=ONLY).values(*TOLD, LOGO, *map(str.lower, RULES)).first()
        know({name: value for name, value in (row or {}).items() if value not in (None, "")})
    return _known[0].values if _known else {}


def _stamp() -> int:
    try:
        return settings.VAR_DIR.joinpath("firm").stat().st_mtime_ns
    except OSError:
        return 0
