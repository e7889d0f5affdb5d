"""Writes scikit-learn's digits as a folder of photographs, one folder a class.

    python examples/write_digits.py digits

1,797 real handwritten digits, 8 x 8 pixels each, made 64 x 64: 8 MB.
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
        of_class = os.path.join(folder, str(digit))
        os.makedirs(of_class, exist_ok=True)
        pixels = np.round(image * (255 / 16)).astype(np.uint8)
        picture = Image.fromarray(pixels).convert("RGB").resize((64, 64))
        picture.save(os.path.join(of_class, "%04d.png" % number))


if __name__ == "__main__":
    main(sys.argv[1])
