"""Computes the features of images on many machines, with Apache Spark."""

from __future__ import annotations

from .embedding import embed_images

__all__ = ["embed_images"]
