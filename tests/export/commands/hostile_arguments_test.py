"""A command line of any words is accepted or refused."""

from __future__ import annotations

import random

import pytest

from efficientnet_hub.export.commands import main
from efficientnet_hub.tests.export.commands import program

_WORDS = [
    *program.commands(),
    *("--model=efficientnet-b0", "--model", "--weights=random", "--weights"),
    *("--output=x", "--output=", "--output", "--jobs=\u0663", "--seed=-1"),
    *("--flagfile=nowhere", "--flagfile", "--undefok=a", "--undefok", "--nothing"),
    *("--verbosity=abc", "--verbosity", "--v=x", "--stderrthreshold=x"),
    *("--showprefixforinfo=maybe", "--helpshort", "--helpfull", "--help", "-h"),
    *("--", "-", "--=x", "--=\udcff", "--top=1e5", "--port=\u0665", "--jobs= 3"),
    *("--learning_rate=inf", "--learning_rate=1e400", "--epochs=", "module"),
    *("--num_classes=" + "9" * 6000, "", "\x1b[2J", "--a\nb", "x" * 9000),
    "--" + "x" * 9000,
]


@pytest.mark.parametrize("seed", range(40))
def test_a_random_command_line_is_accepted_or_refused(seed, capsys):
    rng = random.Random(seed)
    for _ in range(5):
        words = [rng.choice(_WORDS) for _ in range(rng.randint(0, 6))]
        try:
            main.parse(["efficientnet-hub", *words])
        except SystemExit as exiting:
            assert exiting.code in (0, 2)
        printed = capsys.readouterr().err
        assert not printed or len(printed.splitlines()[-1]) < 2100
        assert "\x1b" not in printed
