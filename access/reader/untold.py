"""Answers that could not be written, because nothing could: told by the next read of this process that is."""

import logging
from collections import deque
from dataclasses import dataclass, replace

from django.db import DatabaseError

from access.gate.credentials import Credential
from access.gate.decision import Door
from access.gate.passages import Circumstances, Passage, unrecorded, write_failure
from access.gate.reasons import Reason
from access.gate.repeats import Presented
from fixaloop.records.deadlines import Deadline, Patience, TooLate, bounded, gave_up

logger = logging.getLogger(__name__)
# As many as a queue of people before a door is long.
MOST = 200


@dataclass(frozen=True)
class Failure:
    """A read that was answered without a decision."""

    door: Door
    credential: Credential
    circumstances: Circumstances
    why: Reason

    @property
    def passage(self) -> Passage:
        return unrecorded(self.door, self.credential.type, self.circumstances, self.why)

    def record(self) -> Passage:
        """Write its event, in the caller’s transaction. It is nobody’s read, so that no later one repeats it."""
        shown = {"credential": {"type": self.credential.type, **self.credential.as_inputs()}}
        circumstances = replace(self.circumstances, inputs=self.circumstances.inputs | shown)
        passage = write_failure(self.passage, self.door, circumstances)
        door = self.door
        return replace(passage, presented=Presented("", door.zone, door.direction, door.device, circumstances.at))


_waiting: deque[Failure] = deque(maxlen=MOST)


def append(failure: Failure) -> None:
    _waiting.append(failure)


def tell(deadline: Deadline, patience: Patience) -> None:
    while True:
        try:
            failure = _waiting.popleft()
        except IndexError:
            # Another thread may have taken the last one.
            return
        try:
            with bounded(deadline, patience):
                failure.record()
        except (DatabaseError, TooLate) as error:
            if isinstance(error, TooLate) or gave_up(error):
                _waiting.appendleft(failure)
            logger.info("a failure is not written yet", exc_info=True)
            return


def clear() -> None:
    _waiting.clear()
