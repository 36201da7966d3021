"""The commands, one a file: `python jobs/NAME.py`; command.py holds what they share."""
