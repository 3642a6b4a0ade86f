"""`CLT-001`: how a client is named in addresses, files and speech."""

from fixaloop.words import reference

CLIENT = reference.Reference("CLT")
PREFIX = CLIENT.prefix
parse_reference = CLIENT.parse


class ReferenceConverter(reference.ReferenceConverter):
    """The part of an address that names a client, given to views as a number."""

    reference = CLIENT
