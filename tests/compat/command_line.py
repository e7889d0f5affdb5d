"""The program of the installed package, in a process of its own."""

import subprocess
import sys


def run(*arguments):
    """Runs `efficientnet-hub`, and raises an error if it fails."""
    subprocess.check_call([sys.executable, "-m", "efficientnet_hub"] + list(arguments))
