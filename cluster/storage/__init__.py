"""Folders on a disk or an object store: whole writes, moves, retries, and a lock against a second run.

location (from a URL to a folder), folder (the protocol), local and objects (its two kinds), retries, lock, bundles.
"""
