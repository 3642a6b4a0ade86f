"""Modules of a known name that shared code looks for in each app: `nightly`, `demo`, `startup`, `on_clients`…"""

from importlib import import_module
from pathlib import Path
from types import ModuleType

from django.apps import apps
from django.conf import settings
from django.utils.module_loading import module_has_submodule


def modules(name: str) -> dict[str, ModuleType]:
    """The modules of this name in our own apps, in the order of the apps, by the app's verbose name."""
    return {
        str(config.verbose_name): import_module(f"{config.name}.{name}")
        for config in apps.get_app_configs()
        if config.module and Path(config.path).parent == settings.BASE_DIR and module_has_submodule(config.module, name)
    }
