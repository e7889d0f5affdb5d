"""A session of Spark in this process."""

from __future__ import annotations

import sys

import pytest
from pyspark import sql


@pytest.fixture(scope="module")
def session():
    builder = sql.SparkSession.builder.master("local[1]")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PYSPARK_PYTHON", sys.executable)
        session = builder.config("spark.ui.enabled", "false").getOrCreate()
        yield session
        session.stop()
