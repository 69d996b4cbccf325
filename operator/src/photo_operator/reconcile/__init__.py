"""One pass over one platform."""
