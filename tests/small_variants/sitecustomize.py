"""Adds the small variants to the table of variants.

Python imports a module of this name when it starts, so each process with this folder on
its PYTHONPATH knows them.
"""

from __future__ import annotations

from efficientnet_hub.efficientnet import config
from efficientnet_hub.tests import small_networks

config.VARIANTS.update(small_networks.NETWORKS)
