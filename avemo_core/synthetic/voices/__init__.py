"""The actors' voices: prosody, syllables, formants."""
