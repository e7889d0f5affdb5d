"""What the network is: the table of variants and the graph they describe."""
