"""Where weights come from: one reader a source, name -> array."""
