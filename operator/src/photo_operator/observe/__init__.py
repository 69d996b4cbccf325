"""Everything that a pass reads: the cluster, pods and alerts. Decides nothing."""
