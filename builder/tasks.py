"""The tasks that a module can be built for."""

from __future__ import annotations

CLASSIFICATION = "classification"
FEATURE_VECTOR = "feature-vector"
TASKS = (CLASSIFICATION, FEATURE_VECTOR)
