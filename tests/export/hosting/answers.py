"""What the server of the tests publishes, and how its answers are read."""

from __future__ import annotations

HANDLE = "me/lite0/classification"
ARCHIVE = f"/{HANDLE}/10?tf-hub-format=compressed"


def read_sentence(answer) -> str:
    """Returns the one sentence of a response in plain text."""
    assert answer.headers["Content-Type"] == "text/plain; charset=utf-8"
    assert answer.headers["Cache-Control"] == "no-store"
    (sentence,) = answer.body.decode().splitlines()
    return sentence
