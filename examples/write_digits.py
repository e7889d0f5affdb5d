"""Writes scikit-learn's digits as images, with a folder for each class.

    python examples/write_digits.py digits
    python examples/write_digits.py digits 400    # Only the first 400.

The data set has 1,797 handwritten digits of 8 x 8 pixels. The program resizes them to
64 x 64 pixels and needs 8 MB.
"""

import argparse
import os

import numpy as np
from PIL import Image
from sklearn import datasets


def main():
    """Writes `<folder>/<digit>/<number>.png` for each digit."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", help="where to write")
    parser.add_argument("count", type=int, nargs="?", help="only the first digits")
    arguments = parser.parse_args()
    digits = datasets.load_digits()
    images = digits.images[: arguments.count]
    for number, (image, digit) in enumerate(zip(images, digits.target)):
        class_folder = os.path.join(arguments.folder, str(digit))
        os.makedirs(class_folder, exist_ok=True)
        pixels = np.round(image * (255 / 16)).astype(np.uint8)
        picture = Image.fromarray(pixels).convert("RGB").resize((64, 64))
        picture.save(os.path.join(class_folder, f"{number:04d}.png"))


if __name__ == "__main__":
    main()
