"""The shapes of the reader API: what is said to it and what it answers. An unknown field is a mistake, and told."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints

MOST_READS = 500
# What the largest QR code holds: a stranger's is read too, and is nobody's.
LONGEST_VALUE = 4_296
_MOMENT = re.compile(r"\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d(:\d\d(\.\d+)?)?([Zz]|[+-]\d\d:?\d\d)?")


def _written(value: Any) -> Any:
    """A date is a text: a number would be read as seconds since 1970."""
    if not isinstance(value, str) or not _MOMENT.fullmatch(value):
        raise ValueError("une date et une heure, par exemple 2026-11-21T14:32:00+01:00")
    return value


Moment = Annotated[datetime, BeforeValidator(_written)]
Nonce = Annotated[str, StringConstraints(strict=True, pattern=r"^[!-~]{1,100}$")]
Presented = Annotated[str, StringConstraints(strict=True, min_length=1, max_length=LONGEST_VALUE)]


class Message(BaseModel):
    """What a reader sends."""

    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True)


class ReadMessage(Message):
    """One read: what was presented, under a number that the reader uses once."""

    nonce: Nonce
    type: Literal["qr", "badge", "plate", "username"]
    value: Presented
    read_at: Moment | None = None
    direction: Literal["in", "out"] | None = None


class Batch(Message):
    """Passages that happened offline, and the reader's time when it sends them."""

    sent_at: Moment
    reads: Annotated[list[ReadMessage], Field(max_length=MOST_READS)]


class ReadAnswer(BaseModel):
    """The decision. `reasons` in the order of the contract, `anomalies` what was let through all the same."""

    decision: Literal["granted", "refused"]
    reason: str | None
    reasons: list[str]
    message: str
    anomalies: list[str]
    client: str | None = None
    entry: int | None = None
    event: int | None
    server_time: datetime


class BatchResult(BaseModel):
    """What became of one passage; `code` and `detail` where it was not recorded."""

    nonce: str
    decision: Literal["granted", "refused"] | None = None
    reason: str | None = None
    reasons: list[str] = []
    message: str = ""
    anomalies: list[str] = []
    client: str | None = None
    entry: int | None = None
    event: int | None = None
    server_time: datetime | None = None
    code: str | None = None
    detail: str | None = None


class BatchAnswer(BaseModel):
    """One result a read, in the order in which they were sent."""

    results: list[BatchResult]
    server_time: datetime


class DeviceAnswer(BaseModel):
    """The reader as the server knows it."""

    name: str
    zone: str
    direction: Literal["in", "out", "both"]
    enabled: bool
    server_time: datetime


class Problem(BaseModel):
    """What went wrong, in a sentence and in a code; `field` names what is wrong in the body."""

    detail: str
    code: str
    field: str | None = None
