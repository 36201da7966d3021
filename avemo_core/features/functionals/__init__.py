"""A voice over a whole clip in numbers: percentiles, spreads, slopes and changes of what is heard."""
