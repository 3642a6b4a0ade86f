"""The first day of a firm, by the README alone: from an empty clone to its own client, card and a granted read."""
