from pathlib import Path

from hack.cluster import cleanup

MOUNTS = r"""1 0 254:0 / / rw - ext4 /dev/vda rw
2 1 0:3 / /run/photoplatform/containerd/ns rw - nsfs nsfs rw
3 1 0:4 / /run/photoplatform2/x rw - tmpfs tmpfs rw
4 1 0:5 / /var/lib/photoplatform/node/a\040b rw - tmpfs tmpfs rw
5 4 0:6 / /var/lib/photoplatform/node/a\040b/c rw - tmpfs tmpfs rw
"""
ROUTES = """[{"dst":"default","dev":"eth0"},{"dst":"192.0.2.0/24","dev":"eth0"},
{"dst":"10.244.0.7","dev":"veth1"},{"dst":"10.244.1.0/24","dev":"flannel.1"},{"dst":"10.244.2.0/24","type":"blackhole"},{"dst":"10.245.0.7","dev":"veth2"}]"""


def test_mounts_below_our_folders_come_newest_first() -> None:
    found = cleanup.mounts_below(MOUNTS, [Path("/run/photoplatform"), Path("/var/lib/photoplatform")])
    node = "/var/lib/photoplatform/node"
    assert found == [f"{node}/a b/c", f"{node}/a b", "/run/photoplatform/containerd/ns"]


def test_only_links_to_pods_are_found() -> None:
    assert cleanup.pod_links(ROUTES) == ["veth1"]


def test_a_machine_without_routes_has_no_links() -> None:
    assert cleanup.pod_links("") == []


def test_only_the_tables_of_kube_proxy_are_found() -> None:
    listing = "table inet filter\ntable ip kube-proxy\ntable ip6 kube-proxy\ntable ip nat\n"
    assert cleanup.firewall_tables(listing) == [["ip", "kube-proxy"], ["ip6", "kube-proxy"]]
