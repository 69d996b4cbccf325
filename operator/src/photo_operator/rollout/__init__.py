"""Compares the desired children with the live ones, and writes the differences that may be written now."""
