"""The exit statuses of the command line."""

from __future__ import annotations

DONE = 0
CHECK_FAILED = 1
BAD_INPUT = 2
INTERRUPTED = 130  # As shells have it: 128 and the number of SIGINT.
