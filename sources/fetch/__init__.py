"""Getting files from live sources: one polite client, snapshots, and what each source holds.

client (requests, downloads), guard and prompt (where they may go, and that answers begin in time),
pace (how often), robots (what a site asks), content (whether bytes are what they claim to be),
limits and values (every number, and what it may be); remote (what a connector is) and remotes/ (one
file a connector), answers, ranges and tally (pages of JSON, files of near numbers, how many records
came); rows, state, groups and run (a fetch, resumable), prune (what older snapshots keep on disk);
snapshot (the file that pins what was got, which a build reads without any of the rest).
"""
