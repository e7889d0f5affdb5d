"""Fine-tunes a module on photographs: reads both, writes a checkpoint."""
