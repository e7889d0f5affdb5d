"""The network: the table of variants, and the graph of each."""
