"""The package ships the compatibility table."""

from __future__ import annotations

from efficientnet_hub.export.pages import compatibility_table


def test_the_table_has_the_consumers_and_the_uses():
    table = compatibility_table.read()

    assert table.consumers[0] == compatibility_table.Consumer(
        "1.13.1", "Python 3.7, TensorFlow 1.13.1, tensorflow_hub 0.7.0"
    )
    assert table.uses[0].title == "`hub.Module`: tag sets, signatures, outputs"
    assert "1.13.1" in table.uses[0].works_in


def test_a_use_works_in_consumers_of_the_table():
    table = compatibility_table.read()
    names = {consumer.name for consumer in table.consumers}

    assert table.uses
    for use in table.uses:
        assert set(use.works_in) <= names
        assert set(use.not_offered_in) <= names - set(use.works_in)


def test_a_cell_says_why_a_use_does_not_work():
    use = compatibility_table.Use("use", works_in=["1"], not_offered_in=["2"])

    assert [use.describe(consumer) for consumer in "123"] == [
        "yes",
        "not offered",
        "not tried",
    ]
