"""Files in: rows are read by the rules of the forms, decided and written a chunk at a time."""
