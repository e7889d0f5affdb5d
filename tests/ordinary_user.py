"""Runs programs that permissions bind, also if root runs the tests."""

from __future__ import annotations

import os

_RIGHTS = "-dac_override,-dac_read_search,-fowner"
# What starts a program, which then has none of root's rights to other files.
UNDER = (
    ["setpriv", f"--bounding-set={_RIGHTS}", f"--inh-caps={_RIGHTS}"]
    if os.geteuid() == 0
    else []
)
