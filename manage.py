#!/usr/bin/env python
"""Django's command line for Fixaloop."""

import gc
import os
import sys

if sys.version_info < (3, 11):  # noqa: UP036 - that is what an older one is told
    sys.exit("Fixaloop demande Python 3.11 ou plus récent.\nFixaloop needs Python 3.11 or later.")

try:
    from django.core.exceptions import ImproperlyConfigured
    from django.core.management import execute_from_command_line

    from fixaloop.failures import explain
except ModuleNotFoundError as missing:
    sys.exit(
        f"Il manque « {missing.name} » à ce Python : lancez « make run » une fois, puis .venv/bin/python manage.py …\n"
        f"This Python lacks “{missing.name}”: run “make run” once, then .venv/bin/python manage.py …"
    )


def main() -> None:
    # What a start loads stays: at Python’s own pace the collector looks it through 400 times, an eighth of the start.
    gc.set_threshold(10_000, 50)
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "fixaloop.settings")
    try:
        execute_from_command_line(sys.argv)
        sys.stdout.flush()
    except ImproperlyConfigured as error:
        sys.exit(f"Fixaloop ne démarre pas. {error}")
    except KeyboardInterrupt:
        sys.exit(130)
    except BrokenPipeError:
        # Who read it has left. Python would complain once more when it closes the pipe.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(141)
    except Exception as error:
        told = explain(error)
        if not told:
            raise
        sys.exit(told)


if __name__ == "__main__":
    main()
