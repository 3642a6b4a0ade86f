from fixaloop.words import reference

CLIENT = reference.Reference("CLT")
PREFIX = CLIENT.prefix
parse_reference = CLIENT.parse


class ReferenceConverter(reference.ReferenceConverter):
    reference = CLIENT
