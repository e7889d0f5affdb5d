"""Names in two forms of Unicode are the same, unless another name is equal."""

from __future__ import annotations

import pytest

from efficientnet_hub.photographs import folder_names

_COMPOSED, _DECOMPOSED = "\u00e9t\u00e9", "e\u0301te\u0301"  # 'été' twice.


@pytest.mark.parametrize(
    ("names", "indices"),
    [
        (["cat", _COMPOSED], [1]),
        (["cat", _DECOMPOSED], [1]),
        ([_DECOMPOSED, _COMPOSED], [1]),
        ([_COMPOSED, "cat", _COMPOSED], [0, 2]),
        (["cat", "\u00c9t\u00e9"], []),
    ],
)
def test_a_composed_name_means(names, indices):
    assert folder_names.index_names(names)(_COMPOSED) == indices


def test_a_decomposed_name_is_composed():
    assert folder_names.compose_name(_DECOMPOSED) == _COMPOSED
    assert folder_names.compose_name(_COMPOSED) == _COMPOSED
