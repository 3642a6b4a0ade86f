"""The API keeps to its own description, whatever is sent to it."""

import warnings
from collections.abc import Iterator
from typing import Any

import pytest
import schemathesis
from django.core.handlers.wsgi import WSGIHandler
from django.core.signals import request_finished, request_started
from django.db import close_old_connections
from hypothesis import HealthCheck, settings
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    negative_data_rejection,
    positive_data_acceptance,
    response_schema_conformance,
    status_code_conformance,
)

from access.reader.messages import MOST_READS
from tests.access.factories import make_device

pytestmark = pytest.mark.any_database

CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
    negative_data_rejection,
    positive_data_acceptance,
]

with warnings.catch_warnings(action="ignore"):  # static files are not collected, and none is asked for
    schema = schemathesis.openapi.from_wsgi("/api/v1/openapi.json", WSGIHandler())


@pytest.fixture(autouse=True)
def one_connection() -> Iterator[None]:
    """A server closes its connections between requests; the test's own holds its transaction."""
    signals = (request_started, request_finished)
    for signal in signals:
        signal.disconnect(close_old_connections)
    yield
    for signal in signals:
        signal.connect(close_old_connections)


@pytest.fixture
def token(db: None) -> str:
    """Of a door that serves both ways, so that either direction is right."""
    return make_device(direction="both")[1]


@schema.parametrize()
@settings(max_examples=20, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
def test_it_answers_as_described(case: Any, token: str) -> None:
    # The fullest batch is asked too: one read fewer takes seconds and shows nothing else.
    reads = case.body.get("reads") if isinstance(case.body, dict) else None
    if isinstance(reads, list) and len(reads) == MOST_READS - 1:
        return
    # Another read under a nonce that was used is a conflict, which is described too.
    headers = {"Authorization": f"Bearer {token}", "Accept-Encoding": "identity"}
    case.call_and_validate(headers=headers, checks=CHECKS)
