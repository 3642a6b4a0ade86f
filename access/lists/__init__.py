"""Lists of access: all of a kind, and those of one client as a tab of its page. One module a kind."""
