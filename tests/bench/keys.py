"""What opens the seeded firm: who signs in, the tokens of readers, the codes of cards."""

USERNAME, PASSWORD = "bench", "bench-of-fixaloop"
READERS = 8


def qr_value(card: int) -> str:
    """What the QR code of a card says; only its hash is in the database.

    Begins like `access.gate.codes.QR_PREFIX`, which cannot be imported where Django is not set up.
    """
    return f"FXL-BENCH{card}"


def reader_token(number: int) -> str:
    """The token of one of the readers that ask for decisions."""
    return f"fxd_bench_{number}"
