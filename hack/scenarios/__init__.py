"""What happens to a platform in real life, played on a real cluster and measured.

The demo narrates these scenarios, the end-to-end tests assert on them: both see the same figures.
"""
