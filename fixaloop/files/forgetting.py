"""Files that may hold somebody who has just been forgotten."""

from fixaloop.exports.jobs import delete_finished
from fixaloop.imports.jobs import delete_served


def forget_files() -> None:
    """Delete the exports that are ready and the files that were imported, whoever they hold: none is worth a search.

    A file that waits to be imported stays, at most a week.
    """
    delete_finished()
    delete_served()
