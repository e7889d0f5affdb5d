"""A module and photographs in, a checkpoint of the fine-tuned module out."""
