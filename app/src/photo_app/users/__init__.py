"""People: registering, profiles."""
