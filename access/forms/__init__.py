"""The forms of access. What a value must be is said in access.entry; forms carry it to the fields."""
