"""buildah without privileges of its own: chroot for its steps, plain folders for its layers."""

import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from urllib.parse import urlsplit

ROOT = Path(__file__).parents[2]
MIRROR, SUITE = "http://deb.debian.org/debian", "bookworm"


class Builder:
    """Builds and runs images in one folder.

    Args:
        folder: for layers and all else; gigabytes.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._buildah = ["buildah", "--root", str(folder / "layers"), "--runroot", str(folder / "run"), "--storage-driver", "vfs"]

    def make_base(self) -> None:
        """Make the image `base`: a Debian with Python, as the plain Python image is one."""
        root = self._folder / "root"
        _run(["debootstrap", "--variant=minbase", "--include=python3,python3-venv,ca-certificates", SUITE, str(root), MIRROR])
        container = self._do("from", "scratch")
        self._do("add", container, str(root), "/")
        self._do("commit", container, "localhost/base")
        self._do("rm", container)

    def build(self) -> None:
        """Build `avemo` on it, by the Containerfile."""
        recipe = "cluster/containers/Containerfile"
        arguments = ["--isolation", "chroot", "--network", "host", "--build-arg", "BASE=localhost/base", *self._as_pip_is_set_here()]
        self._do("bud", *arguments, "--tag", "localhost/avemo", "--file", str(ROOT / recipe), str(ROOT))

    def run(self, *command: str, mounts: Sequence[str] = ()) -> str:
        """What a command says in a new container of `avemo`, as its user."""
        container = self._do("from", "localhost/avemo")
        volumes = [word for mount in mounts for word in ("--volume", mount)]
        said = self._do("run", "--isolation", "chroot", *volumes, container, "--", *command)
        self._do("rm", container)
        return said

    def remove_all(self) -> None:
        """Remove all images."""
        self._do("rm", "--all")
        self._do("rmi", "--all", "--force")

    def _as_pip_is_set_here(self) -> list[str]:
        """Mounts with which pip finds there what it finds here: indexes on disk, certificates, constraints."""
        listed = _run([sys.executable, "-m", "pip", "config", "list"]).splitlines()
        pairs = [line.split("=", 1) for line in listed if line.startswith("global.")]
        values = {key.removeprefix("global."): value.strip("'") for key, value in pairs}
        config = self._folder / "pip.conf"
        config.write_text("[global]\n" + "".join(f"{key} = {value}\n" for key, value in values.items()).replace("\\n", " "))
        words = [word for value in values.values() for word in value.replace("\\n", " ").split() if "/" in word]
        # An index on disk names its files by paths relative to itself.
        places = {Path(urlsplit(word).path).parent if word.startswith("file:") else Path(word) for word in words}
        here = sorted(str(place) for place in {*places, Path("/etc/ssl/certs")} if place.exists())
        return [word for place in (f"{config}:/etc/pip.conf", *(f"{one}:{one}" for one in here)) for word in ("--volume", f"{place}:ro")]

    def _do(self, command: str, *arguments: str) -> str:
        return _run([*self._buildah, command, *arguments]).strip()


def _run(command: list[str]) -> str:
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)  # noqa: S603 - our own commands
    assert done.returncode == 0, f"{' '.join(command[:8])} ...\n{done.stdout[-2000:]}\n{done.stderr[-4000:]}"
    return done.stdout
