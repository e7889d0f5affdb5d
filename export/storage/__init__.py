"""Works with files only: the reproducible archive, and publication in one step."""
