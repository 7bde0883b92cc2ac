"""Updates on a real host: just what was approved, or a clear reason why not."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
import json
from pathlib import Path
import time
from typing import Any
from uuid import uuid4

from helper import homelab_apt
import pytest

from harness.lab.host import Host

from .conftest import boot_one
from .hub import Hub
from .mirror import Mirror
from .repository import Package, Repository
from .test_actions import begin
from .test_helper import ALLOWED, ask
from .test_install import install

pytestmark = pytest.mark.hosts

SIMULATE = "apt-get -s -o Debug::NoLocking=1 --with-new-pkgs upgrade"
GO = "until [ -e /var/tmp/go ]; do sleep 0.1; done"

type Answer = dict[str, Any]


@dataclass(frozen=True, kw_only=True)
class Bench:
    """A host, and the repositories that it gets its packages from."""

    host: Host
    plain: Repository
    security: Repository

    def offer(self, *before: Package, then: tuple[Package, ...]) -> None:
        """Install some packages, and let the repository have others from then on."""
        self.plain.publish(*before)
        names = " ".join(each.name for each in before)
        self.host.read(
            f"rm -f /var/tmp/go; apt-get -q update && apt-get -qy install {names}"
        )
        self.plain.publish(*before, *then)
        self.host.read("apt-get -q update")

    def approved(self, scope: str = "all") -> str:
        """Return the target by which a person would approve what there is now."""
        items = homelab_apt.items_of(self.host.read(SIMULATE))
        if scope == "security":
            items = [item for item in items if item.security]
        return f"{scope} {homelab_apt.digest_of(items)}"

    def apply(self, target: str | None = None) -> Answer:
        """Have the helper install what is approved, as the agent does."""
        verb = {"verb": "apply_updates", "target": target or self.approved()}
        (answer,) = ask(self.host, verb)
        return dict(answer)

    def begin(self) -> str:
        """Have it begun, and return the id of the action."""
        action = str(uuid4())
        verb = "apply_updates"
        begin(self.host, {"verb": verb, "target": self.approved(), "id": action})
        return action

    def outcome(self, action: str) -> Answer:
        """What the helper knows; one that is killed while asked is asked again."""
        while True:
            (answer,) = ask(self.host, {"verb": "outcome", "id": action})
            if isinstance(answer, dict):
                return answer
            assert answer is None or answer == "ConnectionRefusedError", answer
            time.sleep(0.1)

    def ended(self, action: str) -> Answer:
        end = time.monotonic() + 60
        while (known := self.outcome(action))["state"] == "running":
            assert time.monotonic() < end, known
            time.sleep(0.1)
        return known

    def until(self, condition: str) -> None:
        self.host.read(
            f"for i in $(seq 600); do {condition} && exit; sleep 0.1; done; exit 1"
        )

    def version(self, name: str) -> str:
        return self.host.run(
            f"dpkg-query -Wf '${{Version}} ${{db:Status-Status}}' {name}"
        ).output


@pytest.fixture(scope="module")
def module_bench(
    bundle: bytes, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Bench]:
    folder = tmp_path_factory.mktemp("repositories")
    plain = Repository(folder=folder / "plain", port=8091, label="Debian")
    security = Repository(
        folder=folder / "security", port=8092, label="Debian-Security"
    )
    with ExitStack() as stack:
        for each in (plain, security):
            each.publish()
            stack.enter_context(Mirror(each.folder, each.port))
        stack.enter_context(Mirror())
        hub = stack.enter_context(Hub(bundle))
        hub.add("nas")

        def sources(root: Path) -> None:
            path = root / "etc/apt/sources.list"
            path.write_text(path.read_text() + plain.source + security.source)

        host = boot_one(stack, sources)
        install(host, hub)
        (host.root / ALLOWED[1:]).write_text("apply_updates = true\n")
        yield Bench(host=host, plain=plain, security=security)


@pytest.fixture
def bench(module_bench: Bench) -> Iterator[Bench]:
    """Return the host with nothing of another test pending or broken."""
    yield module_bench
    host = module_bench.host
    host.read("touch /var/tmp/go; rm -f /var/tmp/locked")
    module_bench.until("! pgrep -x apt-get")
    host.run(
        "rm -f /var/lib/dpkg/info/lab-*.p*; dpkg --configure -a;"
        "dpkg-query -Wf '${Package}\\n' 'lab-*' | xargs -r dpkg --force-all --purge"
    )
    module_bench.security.publish()


def package(version: str = "1.1", name: str = "lab-demo", **more: Any) -> Package:
    return Package(name=name, version=version, **more)


def test_what_was_approved_is_installed_with_what_it_needs(bench: Bench) -> None:
    new = package(
        depends="lab-extra",
        postinst="echo x >/var/tmp/made; umask; env | sort",
    )
    extra = package("1.0", "lab-extra")
    bench.offer(package("1.0"), then=(new, extra))
    bench.host.read("apt-mark auto lab-demo")
    answer = bench.apply()
    assert answer["ok"], answer
    assert answer["exit_code"] == 0
    assert bench.version("lab-demo") == "1.1 installed"
    assert bench.version("lab-extra") == "1.0 installed"
    marks = bench.host.read("apt-mark showauto lab-demo lab-extra")
    assert marks.split() == ["lab-demo", "lab-extra"]
    # Files of packages are for everybody to read, and nobody is asked anything.
    assert bench.host.read("stat -c %a /var/tmp/made") == "644"
    assert "\n0022\n" in answer["output"]
    assert "DEBIAN_FRONTEND=noninteractive" in answer["output"]
    assert "NEEDRESTART_SUSPEND=1" in answer["output"]
    assert "HOMELAB" not in answer["output"].replace("HOMELAB_APPROVED=", "")


@pytest.mark.parametrize(
    "target", [f"all {'0' * 64}", f"security {'0' * 64}"], ids=["all", "security"]
)
def test_another_set_than_the_approved_one_is_refused(
    bench: Bench, target: str
) -> None:
    bench.offer(package("1.0"), then=(package(),))
    answer = bench.apply(target)
    assert answer["code"] == "changed", answer
    assert "approve those" in answer["message"]
    assert bench.version("lab-demo") == "1.0 installed"


def test_a_newer_version_that_the_lists_bring_is_not_installed(bench: Bench) -> None:
    bench.offer(package("1.0"), then=(package(),))
    approved = bench.approved()
    bench.plain.publish(package("1.2"))
    assert bench.apply(approved)["code"] == "changed"
    assert bench.version("lab-demo") == "1.0 installed"
    # After that the lists are fresh, and so is the next approval.
    assert bench.apply()["ok"]
    assert bench.version("lab-demo") == "1.2 installed"


def test_apt_itself_is_stopped_if_the_set_changes_at_the_last_moment(
    bench: Bench,
) -> None:
    bench.offer(package("1.0"), then=(package(),))
    approved = bench.approved()
    real = bench.host.root / "usr/bin/apt-get"
    real.rename(real.with_name("apt-get.real"))
    real.write_text(
        "#!/bin/sh\n"
        'case " $* " in *" -y "*) /usr/bin/apt-get.real -q update >/dev/null;; '
        '*" update "*) exit 0;; esac\n'
        'exec /usr/bin/apt-get.real "$@"\n'
    )
    real.chmod(0o755)
    try:
        bench.plain.publish(package("1.2"))
        answer = bench.apply(approved)
    finally:
        real.with_name("apt-get.real").rename(real)
    assert answer["code"] == "changed", answer
    assert "homelab: not what was approved" in answer["output"]
    assert bench.version("lab-demo") == "1.0 installed"


def test_only_security_updates_are_installed_if_that_was_approved(bench: Bench) -> None:
    bench.offer(
        package("1.0"),
        package("1.0", "lab-hole"),
        package("1.0", "lab-other"),
        then=(package(),),
    )
    bench.security.publish(package("1.1", "lab-hole"))
    bench.host.read("apt-get -q update; apt-mark auto lab-hole")
    answer = bench.apply(bench.approved("security"))
    assert answer["ok"], answer
    assert bench.version("lab-hole") == "1.1 installed"
    assert bench.version("lab-demo") == "1.0 installed"
    assert bench.host.read("apt-mark showauto lab-hole") == "lab-hole"


def test_security_updates_that_need_others_are_refused_with_their_names(
    bench: Bench,
) -> None:
    bench.offer(
        package("1.0"),
        package("1.0", "lab-hole"),
        then=(package(),),
    )
    bench.security.publish(package("1.1", "lab-hole", depends="lab-demo (>= 1.1)"))
    bench.host.read("apt-get -q update")
    answer = bench.apply(bench.approved("security"))
    assert answer["code"] == "changed", answer
    assert "need others too (lab-demo)" in answer["message"]
    assert bench.version("lab-hole") == "1.0 installed"


def test_a_held_package_stays(bench: Bench) -> None:
    bench.offer(
        package("1.0"),
        package("1.0", "lab-held"),
        then=(package(), package("1.1", "lab-held")),
    )
    bench.host.read("apt-mark hold lab-held")
    assert bench.apply()["ok"]
    assert bench.version("lab-demo") == "1.1 installed"
    assert bench.version("lab-held") == "1.0 installed"


def test_settings_that_somebody_has_changed_stay(bench: Bench) -> None:
    def version(number: str) -> Package:
        return package(
            number,
            files={"etc/lab.conf": f"from {number}\n"},
            settings=("etc/lab.conf",),
        )

    bench.offer(version("1.0"), then=(version("1.1"),))
    bench.host.read("echo mine >/etc/lab.conf")
    assert bench.apply()["ok"]
    assert bench.host.read("cat /etc/lab.conf") == "mine"
    assert bench.version("lab-demo") == "1.1 installed"


def test_a_script_of_a_package_that_fails_is_told_with_its_words(bench: Bench) -> None:
    bench.offer(package("1.0"), then=(package(postinst="echo no license; exit 3"),))
    answer = bench.apply()
    assert answer["code"] == "failed"
    assert "of lab-demo failed" in answer["message"]
    assert "no license" in answer["output"]
    assert answer["exit_code"] == 100
    # What is broken is not made worse, and the next attempt says what to do.
    bench.plain.publish(package("1.2"), package("1.0", "lab-other"))
    bench.host.read("apt-get -q update")
    again = bench.apply(f"all {'0' * 64}")
    assert again["code"] in ("failed", "changed")


def test_a_package_that_restarts_the_agent_and_the_helper_is_installed(
    bench: Bench,
) -> None:
    restarts = (
        "systemctl restart homelab-agent.service homelab-agent-helper.socket;"
        "systemctl kill -s KILL 'homelab-agent-helper@*' || true"
    )
    bench.offer(package("1.0"), then=(package(postinst=restarts),))
    action = bench.begin()
    known = bench.ended(action)
    assert known["state"] == "finished", known
    assert known["result"]["ok"] is True
    assert bench.version("lab-demo") == "1.1 installed"


def test_it_waits_for_another_program_that_installs(bench: Bench) -> None:
    bench.offer(package("1.0"), then=(package(),))
    lock = (
        "import fcntl, time; f = open('/var/lib/dpkg/lock-frontend', 'w')\n"
        "fcntl.lockf(f, fcntl.LOCK_EX); open('/var/tmp/locked', 'w'); time.sleep(8)"
    )
    (bench.host.root / "root/lock.py").write_text(lock)
    bench.host.read(
        "python3 /root/lock.py >/dev/null 2>&1 </dev/null & "
        "until [ -e /var/tmp/locked ]; do sleep 0.1; done"
    )
    answer = bench.apply()
    assert answer["ok"], answer
    assert "waiting for the other program" in answer["output"]
    assert bench.version("lab-demo") == "1.1 installed"


def test_progress_is_told_and_nothing_that_is_stopped_ends_it(bench: Bench) -> None:
    bench.offer(package("1.0"), then=(package(postinst=f"echo begun; {GO}"),))
    action = bench.begin()
    unit = f"homelab-agent-action-{action}.service"

    def begun() -> bool:
        return "begun" in bench.outcome(action).get("output", "")

    end = time.monotonic() + 60
    while not begun():
        assert time.monotonic() < end
        time.sleep(0.1)
    known = bench.outcome(action)
    assert known["step"] == "install"
    assert 30 <= known["percent"] <= 100
    host = bench.host
    host.read(
        "systemctl stop homelab-agent.service;"
        "systemctl kill -s KILL 'homelab-agent-helper@*' || true"
    )
    host.read(f"systemctl stop --no-block {unit}")
    time.sleep(1)
    assert bench.outcome(action)["state"] == "running"
    host.read("touch /var/tmp/go; systemctl start homelab-agent.service")
    known = bench.ended(action)
    assert known["state"] == "finished", known
    assert known["result"]["ok"] is True
    assert bench.version("lab-demo") == "1.1 installed"


def test_apt_goes_on_if_what_started_it_is_killed(bench: Bench) -> None:
    slow = f"touch /var/tmp/begun; seq 1 20000; {GO}; seq 1 20000"
    bench.offer(package("1.0"), then=(package(postinst=slow),))
    action = bench.begin()
    bench.until("[ -e /var/tmp/begun ]")
    bench.host.read(
        f"systemctl kill -s KILL --kill-who=main homelab-agent-action-{action}"
    )
    assert bench.ended(action)["state"] == "interrupted"
    bench.host.read("touch /var/tmp/go")
    bench.until('dpkg-query -s lab-demo | grep -q "ok installed"')
    assert bench.version("lab-demo") == "1.1 installed"


@pytest.mark.parametrize("how", ["postinst", "dpkg"])
def test_an_installation_that_was_interrupted_before_is_named(
    bench: Bench, how: str
) -> None:
    killed = package(postinst="kill -9 $PPID; sleep 1")
    other = package("1.0", "lab-other")
    bench.offer(package("1.0"), other, then=(killed,))
    bench.host.run("apt-get -qy upgrade")
    if how == "dpkg":
        # As a power failure leaves it.
        bench.host.read("cp /var/lib/dpkg/status /var/lib/dpkg/updates/0001")
    bench.plain.publish(killed, package("1.1", "lab-other"))
    bench.host.read("apt-get -q update")
    answer = bench.apply(f"all {'0' * 64}" if how == "dpkg" else None)
    assert answer["code"] == "failed", answer
    assert "sudo dpkg --configure -a" in answer["message"]
    assert bench.version("lab-other") == "1.0 installed"


def test_a_disk_that_is_full_leaves_the_package_as_it_was(bench: Bench) -> None:
    bench.host.read("mkdir -p /opt/small && mount -t tmpfs -o size=1m tmpfs /opt/small")
    try:
        big = {"opt/small/big": "x" * 3_000_000}
        bench.offer(package("1.0"), then=(package(files=big),))
        answer = bench.apply()
    finally:
        bench.host.read("umount /opt/small")
    assert answer["code"] == "failed", answer
    assert "the disk is full" in answer["message"]
    assert bench.version("lab-demo") == "1.0 installed"


def test_a_network_that_is_gone_changes_nothing(bench: Bench) -> None:
    bench.offer(package("1.0"), then=(package(),))
    bench.host.plug(in_=False)
    try:
        answer = bench.apply()
    finally:
        bench.host.plug(in_=True)
    assert answer["code"] == "failed", answer
    assert "could not be downloaded" in answer["message"]
    assert bench.version("lab-demo") == "1.0 installed"


def test_a_source_that_is_broken_does_not_keep_others_from_being_installed(
    bench: Bench,
) -> None:
    bench.offer(package("1.0"), then=(package(),))
    broken = bench.host.root / "etc/apt/sources.list.d/broken.list"
    broken.parent.mkdir(exist_ok=True)
    broken.write_text("deb [trusted=yes] http://10.77.0.1:8091/nowhere ./\n")
    try:
        answer = bench.apply()
    finally:
        broken.unlink()
    assert answer["ok"], answer
    assert "some lists could not be fetched" in answer["output"]
    assert bench.version("lab-demo") == "1.1 installed"


@pytest.mark.parametrize(
    "target",
    ["", "all", f"all {'g' * 64}", f"all  {'0' * 64}", f"all {'0' * 64}\n", "--yes"],
    ids=ascii,
)
def test_a_target_that_is_none_is_refused(bench: Bench, target: str) -> None:
    assert ask(bench.host, {"verb": "apply_updates", "target": target})[0]["code"] in (
        "invalid_request",
        "not_allowed",
    )


def test_it_is_refused_where_root_has_not_allowed_it(bench: Bench) -> None:
    path = bench.host.root / ALLOWED[1:]
    for text in ("", "apply_updates = false\n", "apply_updates = 1\n"):
        path.write_text(text)
        (answer,) = ask(
            bench.host, {"verb": "apply_updates", "target": f"all {'0' * 64}"}
        )
        assert answer["code"] == "not_allowed", json.dumps(answer)
    path.write_text("apply_updates = true\n")
