"""Measures running: logits of b2, 260 x 260, float32, batches of 1, 8 and 32.

All peers alternate in this process. The peers with our weights must compute the same
logits before they are measured.
"""

from __future__ import annotations

import functools
import os

import module_peer
import numpy as np
import op_profile
import paired
import part
import results
import tensorflow as tf
import tensorflow_hub

# By batch size, how often a peer runs in its turn: the one before it may have taken the
# caches, and its threads may still be spinning; programs run again and again.
_RUNS_A_TURN = {1: 8, 8: 2, 32: 1}
_SIZE = 260
# In standard deviations of the logits.
_TOLERANCE = 1e-3
_TRACED_RUNS = 5


def main():
    """Measures, and writes the results."""
    arguments = part.arguments(__doc__)
    images = np.random.RandomState(0).uniform(size=[max(_RUNS_A_TURN), _SIZE, _SIZE, 3])
    images = images.astype(np.float32)
    ours = _our_peer(arguments.work)
    on_our_weights = dict(
        {"ours": ours.run}, **_peers_on_our_weights(ours, arguments.work)
    )
    peers = dict(on_our_weights, **_peers_on_other_weights())
    batches = {}
    for batch, runs in _RUNS_A_TURN.items():
        print(f"batch {batch}", flush=True)
        batches[str(batch)] = {
            "disagreements": _disagreements(on_our_weights, images[:batch]),
            "seconds": _seconds(peers, images[:batch], runs, arguments.rounds or 15),
        }
    measured = {"batches": batches, "profile": _profile(ours, images[:1])}
    results.write(arguments.output, "running", measured)


def _seconds(peers, images, runs, rounds):
    """Returns the seconds of one run, by peer."""
    turns = {
        name: paired.timed(functools.partial(logits, images), runs)
        for name, logits in peers.items()
    }
    return paired.in_turns(turns, rounds, warm_up=2)


def _our_peer(work):
    if _has_hub_module():
        return module_peer.hub_module(part.module(work))
    return module_peer.serve(part.module(work))


def _peers_on_our_weights(ours, work):
    peers = {}
    if _has_hub_module():
        peers["plain"] = module_peer.hub_module(part.plain_module(work)).run
    if _has_tensorflow_2():
        import converted_peers

        peers["frozen"] = ours.frozen().run
        path = os.path.join(work, "module.onnx")
        converted_peers.convert(part.module(work), path)
        peers["onnxruntime"] = converted_peers.onnx_runtime(path)
        peers["openvino"] = converted_peers.openvino(path)
    return peers


def _peers_on_other_weights():
    if not _has_tensorflow_2():
        return {}
    import keras_peer

    return {"keras": keras_peer.logits()}


def _has_hub_module():
    return hasattr(tensorflow_hub, "Module")


def _has_tensorflow_2():
    return tf.__version__.startswith("2.")


def _disagreements(peers, images):
    """Returns the largest difference of each peer to ours, in standard deviations."""
    logits = {name: run(images) for name, run in peers.items()}
    ours = logits.pop("ours")
    disagreements = {
        name: float(np.max(np.abs(theirs - ours)) / np.std(ours))
        for name, theirs in logits.items()
    }
    for name, difference in disagreements.items():
        if not difference <= _TOLERANCE:
            raise RuntimeError(
                f"the logits of {name} differ from ours by {difference:g} of "
                f"their standard deviation, expected at most {_TOLERANCE:g}: does "
                "it run the same weights?"
            )
    return disagreements


def _profile(ours, image):
    ours.trace(image)
    traces = [ours.trace(image) for _ in range(_TRACED_RUNS)]
    return {"runs": _TRACED_RUNS, "ops": op_profile.by_op(traces)}


if __name__ == "__main__":
    main()
