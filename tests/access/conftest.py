"""The way in and the way out of the `zone` that a module has."""

import pytest

from access.models import Device, Zone
from tests.access.factories import make_device


@pytest.fixture
def door(zone: Zone) -> Device:
    return make_device(zone, "in")[0]


@pytest.fixture
def gate(zone: Zone) -> Device:
    return make_device(zone, "out")[0]
