"""The Kubernetes operator: observe -> desired -> diff -> apply -> status, scaling, runbooks, leadership."""
