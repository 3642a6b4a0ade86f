from typing import Any, ClassVar

from django.db.models.query_utils import DeferredAttribute
from phonenumber_field.modelfields import PhoneNumberField


class PhoneField(PhoneNumberField):
    """A phone stored as E.164 and loaded as text.

    The library would parse the number twice for each row, which costs more than the rest of a list page. Instead
    `clients.values.phones.parse_phone` parses it once, on the way in.
    """

    descriptor_class = DeferredAttribute
    default_validators: ClassVar[list[Any]] = []

    def to_python(self, value: Any) -> str:
        return str(value or "")

    def get_prep_value(self, value: Any) -> str:
        return str(value or "")

    def get_db_converters(self, connection: Any) -> list[Any]:
        return []
