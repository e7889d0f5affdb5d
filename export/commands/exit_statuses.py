"""The exit statuses of the command line."""

from __future__ import annotations

DONE = 0
CHECK_FAILED = 1
BAD_INPUT = 2
# As in sysexits.h: an error that this program does not foresee.
INTERNAL_ERROR = 70
# As in shells: 128 plus the number of the signal SIGPIPE.
OUTPUT_CLOSED = 141
