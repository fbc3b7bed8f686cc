"""Engines run tasks: `local` on this machine, `ray` on the machines of a Ray cluster."""
