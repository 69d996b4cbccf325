"""Decides and writes the number of pods of each component."""
