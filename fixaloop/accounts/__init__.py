"""Accounts of the team: who may sign in, in which group."""
