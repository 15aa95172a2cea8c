"""Readers of what is entered in a catalogue."""
