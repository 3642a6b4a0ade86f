"""The columns of files of access: what an export writes under these headings, an import reads (contract.md)."""
