"""What readers are told went wrong: `{"detail", "code"}`, in the language of the firm."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.http import HttpResponse, JsonResponse
from django.utils.translation import gettext_lazy

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


def as_json(content: dict[str, Any], status: int = 200) -> HttpResponse:
    """An answer whose French stays readable."""
    return JsonResponse(content, status=status, json_dumps_params={"ensure_ascii": False})


def problem(status: int, code: str, detail: str, **more: str) -> HttpResponse:
    """The answer that something is wrong; a 401 says how to be known."""
    response = as_json({"detail": detail, "code": code, **more}, status)
    if status == 401:
        response["WWW-Authenticate"] = "Bearer"
    return response


def what_is_wrong(error: Mapping[str, Any]) -> tuple[str, str]:
    """The field of a mistake in a body, and what is wrong with it; never the value, which may be a QR code."""
    field = ".".join(str(part) for part in error["loc"][2:]) or "body"
    said = str(_MISTAKES.get(error["type"], error["msg"]))
    if error["type"] == "literal_error":
        said %= {"expected": error["ctx"]["expected"].replace(" or ", ", ")}
    return field, said
