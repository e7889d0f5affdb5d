"""efficientnet-hub as Bazel runs it."""

from efficientnet_hub.export.commands import main

if __name__ == "__main__":
    main.run()
