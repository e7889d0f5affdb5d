"""Tables of the outputs of many images, in the formats of files."""
