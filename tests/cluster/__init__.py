"""Fixaloop on several machines, all of them this one: each part killed while people work."""
