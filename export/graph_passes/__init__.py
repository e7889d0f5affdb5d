"""Passes that change a GraphDef or a MetaGraphDef in place."""
