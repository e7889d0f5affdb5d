"""Rewrites a graph: GraphDef to GraphDef."""
