"""The messages of the reader API, both ways, and what is said of a wrong one. Unknown fields are refused."""

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any, Literal

from django.utils.translation import gettext_lazy
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints

MOST_READS = 500
# What the largest QR code holds: codes of other makers are read too, and belong to nobody.
LONGEST_VALUE = 4_296
_MOMENT = re.compile(r"\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d(:\d\d(\.\d+)?)?([Zz]|[+-]\d\d:?\d\d)?")


def _written(value: Any) -> Any:
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
    """One read; the reader uses each nonce once.

    At `answer_by`, by the server’s clock, the reader stops waiting: nothing is granted after that.
    """

    nonce: Nonce
    type: Literal["qr", "badge", "plate", "username"]
    value: Presented
    read_at: Moment | None = None
    direction: Literal["in", "out"] | None = None
    answer_by: Moment | None = None


class Batch(Message):
    """Passages that happened offline; `sent_at` is the reader’s time on sending them."""

    sent_at: Moment
    reads: Annotated[list[ReadMessage], Field(max_length=MOST_READS)]


class ReadAnswer(BaseModel):
    """The decision. `anomalies` are what did not keep somebody from passing.

    `approximate` tells that the plate was misread; `plate` is then the registered one. A `repeated` read gets the
    answer of the first one.
    """

    decision: Literal["granted", "refused"]
    reason: str | None
    reasons: list[str]
    message: str
    anomalies: list[str]
    client: str | None = None
    entry: int | None = None
    approximate: bool | None = None
    plate: str | None = None
    event: int | None
    repeated: bool = False
    passage: Literal["confirmed", "not_used"] | None = None
    server_time: datetime


class PassageAnswer(BaseModel):
    """What became of a passage, and the stay it is about."""

    event: int
    entry: int | None = None
    passage: Literal["confirmed", "not_used"]
    server_time: datetime


class BatchResult(BaseModel):
    """What became of one passage; `code` and `detail` only where it was not recorded."""

    nonce: str
    decision: Literal["granted", "refused"] | None = None
    reason: str | None = None
    reasons: list[str] = []
    message: str = ""
    anomalies: list[str] = []
    client: str | None = None
    entry: int | None = None
    approximate: bool | None = None
    plate: str | None = None
    event: int | None = None
    repeated: bool = False
    server_time: datetime | None = None
    code: str | None = None
    detail: str | None = None


class BatchAnswer(BaseModel):
    """One result for each read, in the order sent."""

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
    """What went wrong, as a sentence and as a code; `field` names the wrong part of the body."""

    detail: str
    code: str
    field: str | None = None


_MISTAKES: dict[str, Any] = {
    "missing": gettext_lazy("ce champ est obligatoire."),
    "extra_forbidden": gettext_lazy("ce champ n’existe pas."),
    "string_type": gettext_lazy("un texte est attendu."),
    "string_too_short": gettext_lazy("ce texte est vide."),
    "string_too_long": gettext_lazy("ce texte est trop long."),
    "string_unicode": gettext_lazy("ce texte n’est pas lisible."),
    "string_pattern_mismatch": gettext_lazy("1 à 100 caractères visibles, sans espace ni accent."),
    "too_long": gettext_lazy("500 lectures au plus."),
    "literal_error": gettext_lazy("valeurs possibles : %(expected)s."),
    **dict.fromkeys(
        ("value_error", "datetime_parsing", "datetime_from_date_parsing"),
        gettext_lazy("une date et une heure sont attendues, comme 2026-11-21T14:32:00+01:00."),
    ),
    "model_type": gettext_lazy("un objet JSON est attendu."),
    "model_attributes_type": gettext_lazy("un objet JSON est attendu."),
    "list_type": gettext_lazy("une liste est attendue."),
}


def what_is_wrong(error: Mapping[str, Any]) -> tuple[str, str]:
    """The field of a mistake in a body, and what is wrong with it; never the value, which may be a QR code."""
    field = ".".join(str(part) for part in error["loc"][2:]) or "body"
    said = str(_MISTAKES.get(error["type"], error["msg"]))
    if error["type"] == "literal_error":
        said %= {"expected": error["ctx"]["expected"].replace(" or ", ", ")}
    return field, said
