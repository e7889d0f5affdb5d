"""Builds graphs for modules, TF1 programs and Estimators."""
