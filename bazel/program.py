"""efficientnet-hub as Bazel runs it."""

from efficientnet_hub.export import main

if __name__ == "__main__":
    main.run()
