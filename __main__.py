"""`python -m efficientnet_hub` is the program `efficientnet-hub`."""

from efficientnet_hub.export import main

if __name__ == "__main__":
    main.run()
