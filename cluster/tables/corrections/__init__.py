"""Corrections: what changed in the clips table arrives in the rows, before a run begins its work.

plan says what is to be done, and only reads; apply does it, under the table's lock; note is what a run leaves for the next one's plan.
"""
