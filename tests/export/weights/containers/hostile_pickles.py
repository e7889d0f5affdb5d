"""What hostile pickles consist of."""

from __future__ import annotations

import collections

from efficientnet_hub.export.weights.containers import inert_pickle

NAMES = {
    "collections.OrderedDict": inert_pickle.Function(lambda: collections.OrderedDict()),
    "torch.FloatStorage": object(),
}
ORDERED_DICT = b"ccollections\nOrderedDict\n"
STORAGE = b"ctorch\nFloatStorage\n"


class Call:
    """Pickled, a call of the function with the arguments."""

    def __init__(self, function, *arguments):
        self._call = (function, arguments)

    def __reduce__(self):
        return self._call


def touch(proof) -> str:
    return f'open({str(proof)!r}, "w").close()'
