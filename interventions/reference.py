"""`INT-001`: how an intervention is named in addresses, files and speech."""

from fixaloop.words import reference

INTERVENTION = reference.Reference("INT")
parse_reference = INTERVENTION.parse


class ReferenceConverter(reference.ReferenceConverter):
    """The part of an address that names an intervention, given to views as a number."""

    reference = INTERVENTION
