"""How a line of the log is written."""

import logging

# What would begin a new line, or tell a terminal something.
CONTROLS = {code: repr(chr(code))[1:-1] for code in (*range(32), *range(127, 160), 0x2028, 0x2029)}


class LineFormatter(logging.Formatter):
    """A message on one line, whatever a visitor typed into it (a failed sign-in tells the username)."""

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802 - named by logging
        record.message = record.message.translate(CONTROLS)
        return super().formatMessage(record)
