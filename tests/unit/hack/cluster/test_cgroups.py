from pathlib import Path

from hack.cluster import cgroups

MOUNTS = """1 0 254:0 / / rw - ext4 /dev/vda rw
2 1 0:3 / /sys/fs/cgroup rw - tmpfs tmpfs rw
3 2 0:4 / /sys/fs/cgroup/memory rw shared:9 - cgroup cgroup rw,memory
4 2 0:5 / /sys/fs/cgroup/unified rw - cgroup2 cgroup2 rw
"""


def test_hierarchies_of_both_versions_are_found_and_nothing_else() -> None:
    assert cgroups.hierarchies(MOUNTS) == [Path("/sys/fs/cgroup/memory"), Path("/sys/fs/cgroup/unified")]
