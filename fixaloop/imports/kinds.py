"""The kinds of things that can be imported: the importers of every app's module `imports`."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache

from django.contrib.auth.models import AbstractBaseUser
from django.db.models import Model

from fixaloop.discovery import modules
from fixaloop.imports.importer import Importer


@lru_cache(maxsize=1)
def importers() -> dict[str, type[Importer]]:
    """Every kind by its name, in the order of the apps."""
    return {importer.kind: importer for importer in _found()}


def _found() -> Iterator[type[Importer]]:
    for module in modules("imports").values():
        for item in vars(module).values():
            if isinstance(item, type) and issubclass(item, Importer) and hasattr(item, "kind"):
                yield item


def importer_of(kind: str) -> type[Importer] | None:
    """The importer of a kind; None for one that is no more."""
    return importers().get(kind)


def model_of(importer: type[Importer]) -> type[Model]:
    """What a kind is about. Raises TypeError for an importer that does not say."""
    if importer.model is None:
        raise TypeError(importer)
    return importer.model


def rights_of(importer: type[Importer], mode: str = "upsert") -> list[str]:
    """The rights it takes to import a kind: to import at all, and to add and change what the mode adds and changes."""
    rights = ["fixaloop.add_importbatch"]
    if importer.model is not None:
        meta = importer.model._meta
        verbs = {"create": ("add",), "update": ("change",)}.get(mode, ("add", "change"))
        rights += [f"{meta.app_label}.{verb}_{meta.model_name}" for verb in verbs]
    return rights


def allowed(user: AbstractBaseUser, mode: str = "upsert") -> dict[str, type[Importer]]:
    """The kinds that a person may import."""
    return {
        kind: importer
        for kind, importer in importers().items()
        if importer.model is not None and user.has_perms(rights_of(importer, mode))  # type: ignore[attr-defined]
    }
