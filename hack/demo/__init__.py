"""`make demo`: a story to follow with `kubectl get pp -w`."""
