"""Access in Django’s admin."""

from access.admin import holders, places, records

__all__ = ["holders", "places", "records"]
