"""What each app declares for the machinery: a module of a known name in its folder `declared`."""

from importlib import import_module
from pathlib import Path
from types import ModuleType

from django.apps import apps
from django.conf import settings
from django.utils.module_loading import module_has_submodule


def modules(name: str) -> dict[str, ModuleType]:
    """The modules of this name that our own apps declare, in the order of the apps, by the app's verbose name."""
    ours = {
        str(config.verbose_name): import_module(f"{config.name}.declared")
        for config in apps.get_app_configs()
        if Path(config.path).parent == settings.BASE_DIR
    }
    return {
        app: import_module(f"{declared.__name__}.{name}")
        for app, declared in ours.items()
        if module_has_submodule(declared, name)
    }
