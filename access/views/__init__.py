"""The pages of single things of access; rights are checked before any look-up."""
