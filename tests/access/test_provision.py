"""`manage.py provision_device`: a reader and its token; a zone is not made by a slip of the finger."""

from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from access.models import Device, Zone

pytestmark = pytest.mark.django_db


def provision(zone: str, *options: str) -> tuple[str, str]:
    out, err = StringIO(), StringIO()
    call_command("provision_device", "Barrière", f"--zone={zone}", "--direction=in", *options, stdout=out, stderr=err)
    return out.getvalue(), err.getvalue()


def test_an_unknown_zone_names_those_there_are() -> None:
    token, told = provision("Parking")
    assert (token.startswith("fxd_"), "« Parking » est créée" in told) == (True, True)
    with pytest.raises(CommandError, match="Il y a : Parking"):
        provision("Parkin")
    assert list(Zone.objects.values_list("name", flat=True)) == ["Parking"]
    provision("Cour", "--create-zone")
    assert Device.objects.get().zone.name == "Cour"
