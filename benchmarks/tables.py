"""The page's tables of the four tasks and the goals."""

from __future__ import annotations

import goals as goals_lib
import markdown_table
import measurements
import paired

_PEERS = {
    "plain": "plain module",
    "frozen": "frozen",
    "keras": "Keras Applications",
    "onnxruntime": "ONNX Runtime",
    "openvino": "OpenVINO",
}
_STEPS = {
    "module": "`hub.Module(path)`",
    "application": "`module(images)`",
    "initialization": "session, initialization",
    "first_run": "first run",
    "total": "all",
}
_ALL = ("1.15.5", "2.15.1", "2.21.0")
_WITH_HUB_MODULE = ("1.15.5", "2.15.1")
# The number of ops in a profile.
_PROFILED = 8

Measurements = measurements.Measurements


def goals(measured: Measurements) -> str:
    """All goals: the bound, the measured values, and whether the goal is met."""
    rows = []
    for goal in goals_lib.goals(measured):
        values = ", ".join(
            (f"{title}: {markdown_table.number(value)}" if title else f"{value:.2f}")
            for title, value in goal.values.items()
        )
        bound = "≥" if goal.compare(1, 0) else "≤"
        wanted = f"{bound} {markdown_table.number(goal.bound)}"
        met = "yes" if goals_lib.is_met(goal) else "**no**"
        rows.append([f"{goal.task}, {goal.text}", wanted, values, met])
    return markdown_table.table(["task", "goal", "measured", "met"], rows)


def running(measured: Measurements) -> str:
    """Images per second of each peer, and the ratio of ours to it."""
    rows = []
    for environment in _ALL:
        batches = measured.measured(environment, "running")["batches"]
        for batch, result in sorted(batches.items(), key=lambda item: int(item[0])):
            seconds = result["seconds"]
            cells = [_rate(seconds, peer, int(batch)) for peer in _PEERS]
            ours = markdown_table.number(
                int(batch) / paired.summary(seconds["ours"]).median
            )
            rows.append([f"{environment}, batch {batch}", ours, *cells])
    return markdown_table.table(["", "ours", *_PEERS.values()], rows)


def _rate(seconds, peer, images):
    """A peer's images or steps per second, and the ratio of ours to it in brackets."""
    if peer not in seconds:
        return ""
    rate = images / paired.summary(seconds[peer]).median
    ours = paired.ratio(seconds[peer], seconds["ours"])
    return f"{markdown_table.number(rate)} ({markdown_table.spread(ours)})"


def profiles(measured: Measurements) -> str:
    """The ops that take most of a run at batch 1, a table an environment."""
    return "\n\n".join(
        "TensorFlow {}:\n\n{}".format(
            environment, _profile(measured, environment, "running")
        )
        for environment in _ALL
    )


def training_profile(measured: Measurements) -> str:
    """The ops that take most of a training step."""
    return _profile(measured, "2.15.1", "training")


def _profile(measured, environment, part):
    profile = measured.measured(environment, part)["profile"]
    runs = profile["runs"]
    ops = sorted(profile["ops"].items(), key=lambda item: -item[1]["seconds"])
    rows = [_profile_row(op, [total], runs) for op, total in ops[:_PROFILED]]
    rest = [total for _, total in ops[_PROFILED:]]
    rows.append(_profile_row("other ops", rest, runs, code=False))
    rows.append(_profile_row("all", [total for _, total in ops], runs, code=False))
    return markdown_table.table(["op", "nodes run", "ms"], rows)


def _profile_row(title, totals, runs, code=True):
    nodes = sum(total["nodes"] for total in totals) / runs
    milliseconds = 1000 * sum(total["seconds"] for total in totals) / runs
    return [
        f"`{title}`" if code else title,
        str(int(nodes)),
        markdown_table.number(milliseconds),
    ]


def loading(measured: Measurements) -> str:
    """Seconds of each step, ours, the plain module's, and their ratio."""
    rows = []
    for environment in _WITH_HUB_MODULE:
        loads = measured.measured(environment, "loading")["loads"]
        for step, title in _STEPS.items():
            ours, plain = (
                paired.column(loads[each], step) for each in ("ours", "plain")
            )
            cells = [
                markdown_table.number(paired.summary(each).median)
                for each in (ours, plain)
            ]
            ratio = markdown_table.spread(paired.ratio(ours, plain))
            rows.append([f"{environment}: {title}, s", *cells, ratio])
    return markdown_table.table(["", "ours", "plain", "ours / plain"], rows)


def graphs(measured: Measurements) -> str:
    """Nodes by tag set and bytes of the graphs, ours and the plain module's."""
    rows = []
    for environment in _WITH_HUB_MODULE:
        of = measured.measured(environment, "loading")["graphs"]
        ours, plain = of["ours"], of["plain"]
        for tags in sorted(ours["nodes"]):
            title = f"{environment}: nodes of {{{tags}}}"
            rows.append(
                _graph_row(title, ours["nodes"][tags], plain["nodes"].get(tags))
            )
        for tags, size in sorted(ours["bytes_by_tags"].items()):
            title = f"{environment}: bytes of {{{tags}}}"
            rows.append(_graph_row(title, size, plain["bytes_by_tags"].get(tags)))
        title = f"{environment}: bytes of `saved_model.pb`"
        rows.append(_graph_row(title, ours["bytes"], plain["bytes"]))
    return markdown_table.table(["", "ours", "plain", "ours / plain"], rows)


def _graph_row(title, ours, plain):
    if plain is None:
        return [title, f"{ours:,}", "", ""]
    return [title, f"{ours:,}", f"{plain:,}", markdown_table.number(ours / plain)]


def building(measured: Measurements) -> str:
    """Seconds of an export, compared with `import tensorflow`."""
    rows = []
    for environment in _ALL:
        processes = measured.measured(environment, "building")["export"]
        export, imported = (
            paired.column(processes[each], "seconds") for each in ("export", "import")
        )
        rows.append(
            [
                environment,
                markdown_table.number(paired.summary(export).median),
                markdown_table.number(paired.summary(imported).median),
                markdown_table.spread(paired.ratio(export, imported)),
            ]
        )
    head = ["", "`export`, s", "`import tensorflow`, s", "ratio"]
    return markdown_table.table(head, rows)


def building_memory(measured: Measurements) -> str:
    """Peak memory of exports above that of `import tensorflow`, and the weights."""
    rows = []
    for environment in _ALL:
        of = measured.measured(environment, "building")
        for model, exports, imports in goals_lib.memory_samples(of):
            above = paired.difference(
                paired.column(exports, "peak_bytes"),
                paired.column(imports, "peak_bytes"),
            ).median
            weights = exports[0]["weights_bytes"]
            over = goals_lib.memory_over_weights(exports, imports)
            cells = [*map(_megabytes, (weights, above)), markdown_table.number(over)]
            rows.append([f"{environment}: {model}", *cells])
    head = ["", "weights, MB", "above the import, MB", "(above - 100 MB) / weights"]
    return markdown_table.table(head, rows)


def _megabytes(value):
    return markdown_table.number(value / 1e6)


def answers(measured: Measurements) -> str:
    """Seconds of the commands that should answer immediately."""
    of = {each: measured.measured(each, "building")["answers"] for each in _ALL}
    rows = [
        [
            command,
            *(
                markdown_table.spread(paired.summary(of[each][command]))
                for each in _ALL
            ),
        ]
        for command in sorted(of[_ALL[0]])
    ]
    return markdown_table.table(["s", *_ALL], rows)


def training(measured: Measurements) -> str:
    """Steps per second and memory of each peer, and the ratio of ours to it."""
    rows = []
    peers = ("plain", "keras")
    for environment in _WITH_HUB_MODULE:
        of = measured.measured(environment, "training")
        for size, seconds in sorted(of["seconds"].items(), reverse=True):
            title = f"{environment}, {size} px: steps per second"
            ours = markdown_table.number(1 / paired.summary(seconds["ours"]).median)
            rows.append([title, ours, *(_rate(seconds, peer, 1) for peer in peers)])
        for size, taken in sorted(of["memory"].items(), reverse=True):
            title = f"{environment}, {size} px: memory, MB"
            ours = _megabytes(paired.summary(taken["ours"]).median)
            rows.append([title, ours, *(_memory(taken, peer) for peer in peers)])
    return markdown_table.table(["", "ours", *(_PEERS[peer] for peer in peers)], rows)


def _memory(taken, peer):
    """A peer's memory, and the ratio of ours to it in brackets."""
    if peer not in taken:
        return ""
    theirs = _megabytes(paired.summary(taken[peer]).median)
    ratio = paired.ratio(taken["ours"], taken[peer]).median
    return f"{theirs} ({markdown_table.number(ratio)})"
