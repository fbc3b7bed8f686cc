"""The connectors: one file each, found by its name."""
