"""The part of a pass that creates and advances executions of runbooks, and writes the runtime policy."""
