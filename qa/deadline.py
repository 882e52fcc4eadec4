"""How long a question may be worked at; whoever works looks at it between two steps."""

import math
import time

from qa.errors import OverdueError


class Deadline:
    """When somebody stops waiting for an answer; threads may share it.

    Without `seconds` that is never, unless it is told to be now.
    """

    def __init__(self, seconds: float = math.inf) -> None:
        self._ends = time.monotonic() + seconds

    def end(self) -> None:
        """Have the work end at its next step: nobody waits any more."""
        self._ends = -math.inf

    def check(self) -> None:
        """Raise OverdueError where nobody waits any more."""
        if time.monotonic() >= self._ends:
            raise OverdueError
