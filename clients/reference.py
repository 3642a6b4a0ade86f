from fixaloop.words import text

CLIENT = text.Reference("CLT")
PREFIX = CLIENT.prefix
parse_reference = CLIENT.parse


class ReferenceConverter(text.ReferenceConverter):
    reference = CLIENT
