"""Media: beginning an upload, and following it until its variants are stored."""
