"""The parts that apps bring to a shared command: a module of a known name, which the command looks for in each app."""

from importlib import import_module
from pathlib import Path
from types import ModuleType

from django.apps import apps
from django.conf import settings
from django.utils.module_loading import module_has_submodule


def modules(name: str) -> dict[str, ModuleType]:
    """The modules of this name in our own apps, in the apps' order, by the name one gives the app."""
    return {
        str(config.verbose_name): import_module(f"{config.name}.{name}")
        for config in apps.get_app_configs()
        if config.module and Path(config.path).parent == settings.BASE_DIR and module_has_submodule(config.module, name)
    }
