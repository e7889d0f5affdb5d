"""`python -m efficientnet_hub` is the program `efficientnet-hub`."""

from .export.commands import main

if __name__ == "__main__":
    main.run()
