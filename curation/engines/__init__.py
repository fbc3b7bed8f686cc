"""Engines run tasks: `local` is a pool of spawned processes on this machine."""
