"""An export that is killed leaves the module that it would replace as it was."""

from __future__ import annotations

import shutil
import signal

import pytest

# Each export is a fork of one process, which imports TensorFlow once for all of them.
_KILLED_EXPORTS = """if True:
    import importlib, os, signal, sys
    from efficientnet_hub.efficientnet.config import NetworkConfig, StageConfig
    from efficientnet_hub.export import exporter

    def export_and_die(step):
        library, function = step.rsplit(".", 1)
        library = importlib.import_module("efficientnet_hub.export." + library)
        write = getattr(library, function)

        def write_and_die(*args):
            write(*args)
            os.kill(os.getpid(), signal.SIGKILL)

        setattr(library, function, write_and_die)
        options = dict(num_classes=10, seed=1, overwrite=True, archive="module.tar.gz")
        exporter.export_module(eval(sys.argv[1]), "random", "module", **options)

    for step in sys.argv[2:]:
        child = os.fork()
        if not child:
            try:
                os.chdir(step)
                export_and_die(step)
            finally:
                os._exit(1)
        print(os.WTERMSIG(os.waitpid(child, 0)[1]), flush=True)
    """


@pytest.mark.slow
def test_the_old_module_survives_a_killed_export(
    export, tiny, tmp_path, tmp_path_factory, start_python, contents
):
    export(archive=str(tmp_path / "module.tar.gz"))
    steps = [
        "writers.hub_format.write_variables",
        "writers.hub_format.write_graphs",
        "storage.archive_writer.write_archive",
    ]
    folder = tmp_path_factory.mktemp("killed")
    for step in steps:
        shutil.copytree(str(tmp_path), str(folder / step))

    process = start_python(_KILLED_EXPORTS, repr(tiny), *steps, cwd=str(folder))
    output, messages = process.communicate()

    assert output.split() == [str(int(signal.SIGKILL))] * len(steps), messages
    for step in steps:
        after = contents(folder / step)
        kept = {name: after[name] for name in after if name[0] != "."}
        assert kept == contents(tmp_path), step
