"""`photoplatform` and `kubectl photoplatform`: what an SRE asks and says. Reads; `writes` alone changes anything."""
