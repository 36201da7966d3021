"""Talking faces with planted truth: the demo corpus."""
