"""Posts: creating, reading, deleting, and pages by author."""
