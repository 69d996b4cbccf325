"""`make demo`: the story that an SRE can follow beside `kubectl get pp -w`."""
