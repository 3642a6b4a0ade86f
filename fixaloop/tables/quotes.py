"""Quotes opened by mistake: csv.reader takes all rows up to the next quote, even a harmless one, for one cell."""

import re
from collections.abc import Collection, Iterable, Iterator, Sequence
from functools import lru_cache

# Cells of several lines with as many separators on each are common in prose below this.
_FEWEST_COLUMNS = 3


class Watched:
    """The lines of a file on their way to csv.reader; `taken` holds those of the record that it reads."""

    def __init__(self, lines: Iterable[str]) -> None:
        self._lines = lines
        self.taken: list[str] = []

    def __iter__(self) -> Iterator[str]:
        for line in self._lines:
            self.taken.append(line)
            yield line


def swallows(lines: Sequence[str], delimiter: str, quote: str, widths: Collection[int]) -> bool:
    """Whether a record of several lines seems to hold others; `widths` are those of the records on one line above it.

    A cell over several lines goes on after its last quote, or each line has the separators of a whole record.
    """
    cells, whole = _patterns(delimiter, quote)
    if any(_spans(cell["quoted"] or "") and cell["rest"].strip() for cell in cells.finditer("".join(lines))):
        return True
    counts = {whole.sub("", line).count(delimiter) + 1 for line in lines if line.strip()}
    return len(counts) == 1 and max(counts) >= _FEWEST_COLUMNS and counts <= set(widths)


@lru_cache
def _patterns(delimiter: str, quote: str) -> tuple[re.Pattern[str], re.Pattern[str]]:
    """A cell as csv.reader takes it apart, and a quoted one that ends on its line."""
    mark, between = re.escape(quote), re.escape(delimiter)
    quoted = rf"(?P<quoted>{mark}[^{mark}]*(?:{mark}{mark}[^{mark}]*)*{mark})?"
    cell = rf"{quoted}(?P<rest>[^{between}\r\n]*)(?:{between}|\r?\n|\r|\Z)"
    whole = rf"(?:^|(?<={between})){mark}(?:[^{mark}\r\n]|{mark}{mark})*{mark}(?={between}|[\r\n]|$)"
    return re.compile(cell), re.compile(whole)


def _spans(text: str) -> bool:
    return "\n" in text or "\r" in text
