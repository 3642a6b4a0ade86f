"""What the worker does for interventions every few seconds: follow the days that the firm chose."""

from datetime import datetime

from interventions.declared import startup


def run(at: datetime) -> None:
    startup.run(at)
