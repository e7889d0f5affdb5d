"""Why arrays of a source are the values of no variable, for the report on weights."""

from __future__ import annotations

RAW = "a raw value: its moving average is taken"
AVERAGE = "a moving average: its raw value is taken"
OPTIMIZER = "the state of the optimizer"
TRAINING = "the state of the training"
COUNTER = "counts batches, which the network does not need"
CLASSIFIER = "the classifier: the module does not take it"
NORMALIZATION = "in the normalization of images"
FOLDED = "folded into the classifier"
OTHER_PART = "no part of the network"
