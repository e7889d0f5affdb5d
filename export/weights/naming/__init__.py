"""How the libraries that train EfficientNets name the arrays of a network."""
