"""Images per second, from the samples of the parts."""

from __future__ import annotations

from typing import Iterator

import paired


def of_variants(variants: dict) -> dict[str, float]:
    """Returns images per second by variant, smallest variant first."""
    rates = {
        model: variants["batch"] / paired.summary(seconds).median
        for model, seconds in variants["seconds"].items()
    }
    return {model: rates[model] for model in sorted(rates)}


def of_cores(cores: dict) -> Iterator[tuple[str, int, dict[int, float]]]:
    """Yields model, number of cores, and images per second by batch size."""
    for model, by_count in sorted(cores.items()):
        for count, rounds in sorted(by_count.items(), key=lambda item: int(item[0])):
            rates = {
                batch: batch / paired.summary(paired.column(rounds, str(batch))).median
                for batch in sorted(map(int, rounds[0]))
            }
            yield model, int(count), rates


def of_pipeline(pipeline: dict) -> Iterator[tuple[str, dict[str, float]]]:
    """Yields model, and images per second of 'reading', 'network' and 'both'."""
    for model, seconds in sorted(pipeline["seconds"].items()):
        rates = {
            name: pipeline["batch"] / paired.summary(seconds[name]).median
            for name in ("reading", "network", "both")
        }
        yield model, rates
