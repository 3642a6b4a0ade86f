"""The values of a client as people write them, read in one way for forms, imports and the admin.

Each `parse_…` takes text and returns a `Value`: `.value` to store ('' for blank text), `.notes` about repairs (an
import reports them as warnings), `.comment` for text beside the value (« bureau » after a phone number, the second line
of a street). It raises ValidationError, with a sentence that quotes the text and says what to do. No database is read.
"""
