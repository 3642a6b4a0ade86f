"""Files in: a table's rows read by the rules of the forms, settled a chunk at a time, written in bulk (product.md §4).

`fields` tells columns apart, `records` is what becomes of a row, `runner` does the work, `report` says what was done,
`command` is the command line. Each kind of thing imported has its `Importer` in its own app.
"""
