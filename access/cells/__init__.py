"""How things of access show in a row: their cells as safe HTML, written once for every list that has them."""
