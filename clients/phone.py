"""The phone column: the library's field, read as plain text."""

from typing import Any, ClassVar

from django.db.models.query_utils import DeferredAttribute
from phonenumber_field.modelfields import PhoneNumberField


class PhoneField(PhoneNumberField):
    """A phone kept in E.164 and read as text.

    The library parses a number twice for each row it loads, which alone costs more than a page of a list. Numbers are
    parsed by `clients.values.parse_phone` on the way in, which also knows those the library's tables refuse.
    """

    descriptor_class = DeferredAttribute
    default_validators: ClassVar[list[Any]] = []

    def to_python(self, value: Any) -> str:
        return str(value or "")

    def get_prep_value(self, value: Any) -> str:
        return str(value or "")

    def get_db_converters(self, connection: Any) -> list[Any]:
        return []
