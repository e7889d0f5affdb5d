"""The result of a build for one module of a list."""

from __future__ import annotations

import dataclasses
from typing import Any

BUILT = "built"
UP_TO_DATE = "up to date"
FAILED = "failed"


@dataclasses.dataclass(frozen=True)
class Result:
    """The result for one entry.

    Attributes:
      handle: the module's handle and version.
      outcome: BUILT, UP_TO_DATE or FAILED.
      seconds: the time that it took.
      message: why it failed, None if it did not.
      reason: why a version that was published is built again, or None.
    """

    handle: str
    outcome: str
    seconds: float
    message: str | None = None
    reason: str | None = None

    def __str__(self) -> str:
        line = f"{self.outcome:10}  {self.handle}"
        if self.outcome == BUILT:
            why = f": {self.reason}" if self.reason else ""
            return f"{line} ({self.seconds:.0f} s){why}"
        return f"{line}: {self.message}" if self.message else line

    def list_fields(self) -> dict[str, Any]:
        """Returns the fields by name, for JSON; `reason` only if there is one."""
        fields = dataclasses.asdict(self)
        if self.reason is None:
            del fields["reason"]
        return fields
