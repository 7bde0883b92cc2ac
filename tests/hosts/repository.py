"""Repositories of a test's own, with packages that behave as it needs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
import hashlib
from itertools import count
import os
from pathlib import Path
import shutil
import subprocess
import tempfile

from harness.lab.host import HUB_ADDRESS

_MOMENTS = count(1_700_000_000)


@dataclass(frozen=True, kw_only=True)
class Package:
    """A version of a package."""

    name: str
    version: str
    files: Mapping[str, str] = field(default_factory=dict)
    """Their contents, by their paths without the first slash."""
    settings: tuple[str, ...] = ()
    """Those of the files that people may change."""
    postinst: str = ""
    depends: str = ""

    def build(self, folder: Path) -> None:
        """Make the file that dpkg installs."""
        with tempfile.TemporaryDirectory() as name:
            root = Path(name)
            root.chmod(0o755)
            control = {
                "control": (
                    f"Package: {self.name}\nVersion: {self.version}\n"
                    "Architecture: all\nMaintainer: lab <lab@example.invalid>\n"
                    + (f"Depends: {self.depends}\n" if self.depends else "")
                    + "Description: made for a test\n"
                ),
                "conffiles": "".join(f"/{path}\n" for path in self.settings),
                "postinst": self.postinst and f"#!/bin/sh\nset -e\n{self.postinst}\n",
            }
            parts = {f"DEBIAN/{path}": text for path, text in control.items() if text}
            for path, text in {**parts, **self.files}.items():
                target = root / path
                target.parent.mkdir(parents=True, exist_ok=True)
                target.write_text(text)
                target.chmod(0o755 if path == "DEBIAN/postinst" else 0o644)
            built = folder / f"{self.name}_{self.version}_all.deb"
            _run("dpkg-deb", "--root-owner-group", "--build", name, str(built))


@dataclass(frozen=True, kw_only=True)
class Repository:
    """A folder that a web server serves as a flat repository."""

    folder: Path
    port: int
    label: str
    """"Debian-Security" makes its packages security updates."""

    @property
    def source(self) -> str:
        """Return the line for sources.list."""
        return f"deb [trusted=yes] http://{HUB_ADDRESS}:{self.port} ./\n"

    def publish(self, *packages: Package) -> None:
        """Offer some versions, and nothing else."""
        shutil.rmtree(self.folder, ignore_errors=True)
        self.folder.mkdir()
        for package in packages:
            package.build(self.folder)
        listed = "".join(map(_entry, sorted(self.folder.glob("*.deb"))))
        (self.folder / "Packages").write_text(listed)
        digest = hashlib.sha256(listed.encode()).hexdigest()
        release = self.folder / "Release"
        release.write_text(
            f"Origin: Lab\nLabel: {self.label}\nSuite: stable\nCodename: lab\n"
            f"Date: Thu, 01 Jan 2026 00:00:00 UTC\n"
            f"SHA256:\n {digest} {len(listed.encode())} Packages\n"
        )
        # A web server tells versions apart by whole seconds only.
        moment = next(_MOMENTS)
        for path in (release, self.folder / "Packages"):
            os.utime(path, (moment, moment))


def _entry(path: Path) -> str:
    content = path.read_bytes()
    fields = _run("dpkg-deb", "--field", str(path))
    digest = hashlib.sha256(content).hexdigest()
    return (
        f"{fields}Filename: ./{path.name}\nSize: {len(content)}\nSHA256: {digest}\n\n"
    )


def _run(*command: str) -> str:
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
    return done.stdout
