"""Plots the accuracy, the losses and the learning rate of a fine-tuning.

    efficientnet-hub finetune ... --json > digits.json
    python examples/plot_learning_curve.py digits.json digits.png

The name of the image has the ending .png, .svg or .pdf.
"""

import argparse
import json
import sys

from matplotlib import ticker
from matplotlib.figure import Figure

# The schema of the document, see docs/json.md.
_SCHEMA = 1


def _read_epochs(path):
    """Returns the evaluations in the document of `finetune --json`, in order."""
    with open(path, encoding="utf-8") as file:
        document = json.load(file)
    if document["schema"] != _SCHEMA or document["command"] != "finetune":
        sys.exit(f"'{path}' must be a document of finetune, of schema {_SCHEMA}")
    return document["epochs"], document["best_epoch"]


def _draw_line(axes, epochs, name, label, **style):
    """Draws a value of each evaluation, where it is known."""
    known = [each for each in epochs if each[name] is not None]
    numbers = [each["epoch"] for each in known]
    axes.plot(numbers, [each[name] for each in known], ".-", label=label, **style)


def _label(axes, text):
    axes.set_ylabel(text)
    axes.set_xlabel("epoch")
    axes.xaxis.set_major_locator(ticker.MaxNLocator(integer=True))
    axes.grid(alpha=0.3)


def main(document, image):
    """Writes the image with three plots, from left to right."""
    epochs, best = _read_epochs(document)
    figure = Figure(figsize=(12, 3.6), layout="constrained")
    accuracy, loss, rate = figure.subplots(1, 3)
    _draw_line(accuracy, epochs, "accuracy", "photographs held out", color="tab:blue")
    accuracy.axvline(best, linestyle=":", color="gray", label="written weights")
    _draw_line(loss, epochs, "training_loss", "training", color="tab:orange")
    _draw_line(loss, epochs, "loss", "photographs held out", color="tab:blue")
    _draw_line(rate, epochs, "learning_rate", "", color="tab:green")
    for axes, text in (
        (accuracy, "accuracy"),
        (loss, "loss"),
        (rate, "learning rate"),
    ):
        _label(axes, text)
    accuracy.legend()
    loss.legend()
    figure.savefig(image)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("document", help="what `finetune --json` printed")
    parser.add_argument("image", help="the image to write: .png, .svg or .pdf")
    arguments = parser.parse_args()
    main(arguments.document, arguments.image)
