"""The kinds of files that can be imported, and who may."""

from functools import lru_cache

from django.contrib.auth.models import User

from fixaloop.discovery import modules
from fixaloop.imports.importer import Importer


def name_of(importer: type[Importer]) -> str:
    return str(importer.model._meta.verbose_name_plural).capitalize()


@lru_cache(maxsize=1)
def importers() -> dict[str, type[Importer]]:
    return {importer.kind: importer for module in modules("importers").values() for importer in module.IMPORTERS}


def importer_of(kind: str) -> type[Importer] | None:
    return importers().get(kind)


def rights_of(importer: type[Importer], mode: str = "upsert") -> list[str]:
    """The permissions to import a kind: to import at all, and to add and change what the mode adds and changes."""
    meta = importer.model._meta
    verbs = {"create": ("add",), "update": ("change",)}.get(mode, ("add", "change"))
    return ["fixaloop.add_importbatch", *(f"{meta.app_label}.{verb}_{meta.model_name}" for verb in verbs)]


def allowed(user: User, mode: str = "upsert") -> dict[str, type[Importer]]:
    return {kind: importer for kind, importer in importers().items() if user.has_perms(rights_of(importer, mode))}
