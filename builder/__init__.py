"""Graphs out of networks and signatures: for a module, a TF1 program, an Estimator."""
