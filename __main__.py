"""Runs the command line: `python -m efficientnet_hub` is `efficientnet-hub`."""

from .export.commands import main

if __name__ == "__main__":
    main.run()
