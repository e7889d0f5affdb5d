"""Runs efficientnet-hub under Bazel."""

from efficientnet_hub.export.commands import main

if __name__ == "__main__":
    main.run()
