"""A published collection behind addresses, by the hosting protocol of tfhub.dev."""
