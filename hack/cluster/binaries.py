"""Builds programs from Go modules (and takes promtool from Debian), and caches them outside the clone.

Called by the cluster's `up`, and by everything that needs a tool or a program for an image. The versions are only in
`go/<folder>/go.mod`. A binary's file name has a digest of its inputs, so another version or flag gives another file,
and an interrupted build leaves none.
"""

from __future__ import annotations

import hashlib
import re
import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path

from hack import commands, paths
from hack.steps import StepError, report, step

_MODULES = Path(__file__).parent / "go"
_BUILD_FLAGS = ("-buildvcs=false", "-trimpath", "-mod=readonly")


@dataclass(frozen=True)
class Program:
    """One program: the folder of its go.mod, the module that has its version, and the package to build.

    `variables` are set with the linker's option -X; `{version}` in a value is replaced by the module's version.
    """

    name: str
    folder: str
    module: str
    package: str
    variables: tuple[tuple[str, str], ...] = ()


def _kubernetes(name: str) -> Program:
    version = "k8s.io/component-base/version"
    return Program(
        name=name,
        folder="kubernetes",
        module="k8s.io/kubernetes",
        package=f"k8s.io/kubernetes/cmd/{name}",
        variables=(
            (f"{version}.gitVersion", "{version}"),
            (f"{version}.gitMajor", "1"),
            (f"{version}.gitMinor", "34"),
            (f"{version}.gitTreeState", "clean"),
        ),
    )


APISERVER = _kubernetes("kube-apiserver")
CONTROLLER_MANAGER = _kubernetes("kube-controller-manager")
SCHEDULER = _kubernetes("kube-scheduler")
KUBELET = _kubernetes("kubelet")
PROXY = _kubernetes("kube-proxy")
KUBECTL = _kubernetes("kubectl")
ETCD = Program("etcd", "etcd", "go.etcd.io/etcd/server/v3", "go.etcd.io/etcd/server/v3")
COREDNS = Program("coredns", "coredns", "github.com/coredns/coredns", "github.com/coredns/coredns")
PAUSE = Program("pause", "pause", "", ".")
METRICS_SERVER = Program(
    "metrics-server",
    "metrics-server",
    "sigs.k8s.io/metrics-server",
    "sigs.k8s.io/metrics-server/cmd/metrics-server",
    (("k8s.io/client-go/pkg/version.gitVersion", "{version}"),),
)
LOCAL_PATH = Program(
    "local-path-provisioner",
    "local-path-provisioner",
    "github.com/rancher/local-path-provisioner",
    "github.com/rancher/local-path-provisioner",
    (("main.VERSION", "{version}"),),
)
HELM = Program(
    "helm",
    "helm",
    "helm.sh/helm/v3",
    "helm.sh/helm/v3/cmd/helm",
    # Without these, `helm template` assumes Kubernetes 1.20.
    (
        ("helm.sh/helm/v3/internal/version.version", "{version}"),
        ("helm.sh/helm/v3/pkg/lint/rules.k8sVersionMajor", "1"),
        ("helm.sh/helm/v3/pkg/lint/rules.k8sVersionMinor", "34"),
        ("helm.sh/helm/v3/pkg/chartutil.k8sVersionMajor", "1"),
        ("helm.sh/helm/v3/pkg/chartutil.k8sVersionMinor", "34"),
    ),
)
KUBECONFORM = Program(
    "kubeconform",
    "kubeconform",
    "github.com/yannh/kubeconform",
    "github.com/yannh/kubeconform/cmd/kubeconform",
    (("main.version", "{version}"),),
)
VERSITYGW = Program(
    "versitygw",
    "versitygw",
    "github.com/versity/versitygw",
    "github.com/versity/versitygw/cmd/versitygw",
    (("main.Version", "{version}"),),
)
VEGETA = Program(
    "vegeta",
    "vegeta",
    "github.com/tsenart/vegeta/v12",
    "github.com/tsenart/vegeta/v12",
    (("main.Version", "{version}"),),
)
KIND = Program("kind", "kind", "sigs.k8s.io/kind", "sigs.k8s.io/kind")

# Closed lists of programs: those of the package node, tools for people and tests, those in images, and the load
# generator of benchmarks.
NODE = (ETCD, APISERVER, CONTROLLER_MANAGER, SCHEDULER, KUBELET, PROXY, LOCAL_PATH, COREDNS, PAUSE, METRICS_SERVER)
TOOLS = (KUBECTL, HELM, KUBECONFORM)
FOR_IMAGES = (VERSITYGW,)
FOR_BENCH = (VEGETA,)


def module_version(go_mod: str, module: str) -> str:
    """Return the version of `module` that a go.mod requires; programs of this repository have v0."""
    found = re.search(rf"^(?:require)?\s*{re.escape(module)} (v\S+)", go_mod, re.MULTILINE) if module else None
    return found.group(1) if found else "v0"


def build_linker_flags(program: Program, version: str) -> str:
    """Return the value of -ldflags: no symbol tables, and the program's variables."""
    pairs = (f"-X {name}={value.format(version=version)}" for name, value in program.variables)
    return " ".join(("-s -w", *pairs))


def build_file_name(program: Program, sources: dict[str, bytes]) -> str:
    """Return name-version-digest; `sources` are the files of the program's folder, name -> content."""
    version = module_version(sources["go.mod"].decode(), program.module)
    digest = hashlib.sha256(repr((program, _BUILD_FLAGS)).encode())
    for name in sorted(sources):
        digest.update(name.encode() + b"\0" + sources[name] + b"\0")
    return f"{program.name}-{version.removeprefix('v')}-{digest.hexdigest()[:12]}"


def path(program: Program) -> Path:
    """Return the path of a program's binary, which `ensure` builds."""
    return paths.cache_dir() / "bin" / build_file_name(program, _sources(program))


def version(program: Program) -> str:
    """Return the version of a program, such as v1.34.4."""
    return module_version((_MODULES / program.folder / "go.mod").read_text(), program.module)


def ensure(programs: tuple[Program, ...]) -> None:
    """Build the programs that the cache lacks, one after the other, and then remove Go's own caches."""
    wanted = [program for program in programs if not path(program).exists()]
    for number, program in enumerate(wanted, start=1):
        _build(program, f"({number} of {len(wanted)})")
    if wanted:
        report("remove Go's build caches")
        shutil.rmtree(_go_cache())


def link_tools(programs: tuple[Program, ...]) -> None:
    """Link the binaries into `.local/bin` under their plain names."""
    for program in programs:
        _link(program.name, path(program))


def ensure_promtool() -> None:
    """Link Debian's promtool into `.local/bin`, without installing Debian's Prometheus service."""
    target = paths.cache_dir() / "bin" / "promtool"
    if not target.exists():
        with step("fetch promtool"), tempfile.TemporaryDirectory() as folder:
            download = "apt-get download --quiet prometheus"
            fetched = f"{download} || {{ apt-get update --quiet && {download}; }}"
            commands.run(["sh", "-c", f'cd "$1" && {{ {fetched}; }} && dpkg -x ./*.deb .', "sh", folder])
            _place(Path(folder) / "usr/bin/promtool", target)
    _link("promtool", target)


def _build(program: Program, progress: str) -> None:
    if shutil.which("go") is None:
        raise StepError(f"build {program.name}", "Go 1.26 or later is required, and `go` is not on the PATH")
    log = paths.LOGS / f"build-{program.name}.log"
    with step(f"build {program.name} {version(program)} {progress}", log), tempfile.TemporaryDirectory() as folder:
        output = Path(folder) / program.name
        commands.run(_build_argv(program, output), log=log)
        _place(output, path(program))


def _build_argv(program: Program, output: Path) -> list[str]:
    cache = _go_cache()
    variables = {"CGO_ENABLED": "0", "GOCACHE": str(cache / "build"), "GOMODCACHE": str(cache / "mod")}
    flags = [*_BUILD_FLAGS, "-ldflags", build_linker_flags(program, version(program))]
    folder = _MODULES / program.folder
    return commands.with_environment(variables, ["go", "-C", folder, "build", *flags, "-o", output, program.package])


def _sources(program: Program) -> dict[str, bytes]:
    return {file.name: file.read_bytes() for file in (_MODULES / program.folder).iterdir() if file.is_file()}


def _go_cache() -> Path:
    return paths.cache_dir() / "go"


def _place(source: Path, target: Path) -> None:
    """Copy under another name, then rename, so that the target is complete or absent."""
    target.parent.mkdir(parents=True, exist_ok=True)
    unfinished = target.with_name(f"{target.name}.unfinished")
    shutil.copy2(source, unfinished)
    unfinished.rename(target)


def _link(name: str, target: Path) -> None:
    link = paths.TOOLS / name
    if link.is_symlink() and link.readlink() == target:
        return
    link.parent.mkdir(parents=True, exist_ok=True)
    link.unlink(missing_ok=True)
    link.symlink_to(target)
