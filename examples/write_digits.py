"""Writes scikit-learn's digits as images, with a folder for each class.

    python examples/write_digits.py digits

The data set has 1,797 handwritten digits of 8 x 8 pixels. The program resizes them to
64 x 64 pixels and needs 8 MB.
"""

import os
import sys

import numpy as np
from PIL import Image
from sklearn import datasets


def main(folder):
    """Writes `<folder>/<digit>/<number>.png` for each digit."""
    digits = datasets.load_digits()
    for number, (image, digit) in enumerate(zip(digits.images, digits.target)):
        class_folder = os.path.join(folder, str(digit))
        os.makedirs(class_folder, exist_ok=True)
        pixels = np.round(image * (255 / 16)).astype(np.uint8)
        picture = Image.fromarray(pixels).convert("RGB").resize((64, 64))
        picture.save(os.path.join(class_folder, f"{number:04d}.png"))


if __name__ == "__main__":
    main(sys.argv[1])
