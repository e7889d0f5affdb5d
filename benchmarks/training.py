"""Training: a step of fine-tuning b2, batch 8, at 260 x 260 and 128 x 128 pixels.

Steps are timed in turns in this process; memory is that of fresh processes. Where there
is no Keras to compare with, the smaller size has to do.
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
# Memory varies little.
_MEMORY_ROUNDS = 1


def main():
    """Measures, and writes the results."""
    arguments = part.arguments(__doc__)
    # Memory first: this process's own, with TensorFlow in it, would be counted.
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
    print("memory at %d" % size, flush=True)
    return paired.in_turns(
        {name: functools.partial(_bytes, name, work, size) for name in names},
        _MEMORY_ROUNDS,
        warm_up=0,
    )


def _bytes(name, work, size):
    return fresh_process.answer("train_once.py", name, work, str(size))["bytes"]


def _seconds(work, size, rounds):
    print("steps at %d" % size, flush=True)
    # Imported late: see `main`.
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
    """Returns what our steps spend their time in."""
    import op_profile
    import trainers

    ours = trainers.module_training_of("ours", work, _TRACED_SIZE)
    ours.trace()
    traces = [ours.trace() for _ in range(_TRACED_RUNS)]
    return {"runs": _TRACED_RUNS, "ops": op_profile.by_op(traces)}


if __name__ == "__main__":
    main()
