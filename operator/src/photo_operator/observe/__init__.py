"""What is: everything that a pass reads, gathered once."""
