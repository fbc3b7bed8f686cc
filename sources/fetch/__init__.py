"""Getting files from live sources: one polite client, snapshots, and what each source holds.

client (requests, downloads), guard (where they may go), pace (how often), robots (what a site
asks), content (whether bytes are what they claim to be), limits (every number); remote (what a
connector is) and remotes/ (one file a connector), answers, ranges and tally (pages of JSON, files
of near numbers, how many records came); state, groups and run (a fetch, resumable); snapshot (the
file that pins what was got, which a build reads without any of the rest).
"""
