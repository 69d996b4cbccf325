"""How many fan-out workers there shall be."""
