"""Measures training: a step of b2, batch 8, 260 x 260 and 128 x 128 pixels.

The steps of the peers alternate in this process. Memory is measured in new processes.
Without Keras Applications, only the smaller size is measured.
"""

from __future__ import annotations

import functools

import fresh_process
import paired
import part
import results

_SIZES = (260, 128)
# TensorFlow 1.15 rewrites the plain module's graph for two minutes before its first
# step, in each process and at each size.
_SIZES_WITHOUT_KERAS = (128,)
_TRACED_SIZE = 128
_TRACED_RUNS = 3
# The memory varies little, so that few rounds suffice.
_MEMORY_ROUNDS = 1


def main():
    """Measures, and writes the results."""
    arguments = part.arguments(__doc__)
    # Memory first, because the memory of this process counts for its children.
    names = fresh_process.answer("trainers.py")
    sizes = _SIZES if "keras" in names else _SIZES_WITHOUT_KERAS
    memory = {str(size): _memory(names, arguments.work, size) for size in sizes}
    seconds = {
        str(size): _seconds(arguments.work, size, arguments.rounds or 10)
        for size in sizes
    }
    profile = _profile(arguments.work)
    measured = {"seconds": seconds, "memory": memory, "profile": profile}
    results.write(arguments.output, "training", measured)


def _memory(names, work, size):
    print(f"memory at {size}", flush=True)
    return paired.in_turns(
        {name: functools.partial(_bytes, name, work, size) for name in names},
        _MEMORY_ROUNDS,
        warm_up=0,
    )


def _bytes(name, work, size):
    return fresh_process.answer("train_once.py", name, work, str(size))["bytes"]


def _seconds(work, size, rounds):
    print(f"steps at {size}", flush=True)
    # Imported here, see `main`.
    import trainers

    return paired.in_turns(
        {
            name: paired.timed(trainers.training_step(name, work, size))
            for name in trainers.names()
        },
        rounds,
        warm_up=2,
    )


def _profile(work):
    """Returns the time of the ops in our steps."""
    import op_profile
    import trainers

    ours = trainers.module_training_of("ours", work, _TRACED_SIZE)
    ours.trace()
    traces = [ours.trace() for _ in range(_TRACED_RUNS)]
    return {"runs": _TRACED_RUNS, "ops": op_profile.by_op(traces)}


if __name__ == "__main__":
    main()
