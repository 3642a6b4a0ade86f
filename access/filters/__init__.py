"""The filters of lists of access, named as contract.md names them; one module a list."""
