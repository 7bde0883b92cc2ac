"""Scans are followed, kept for 30 days, compared, and survive a restart."""

from datetime import timedelta
import json

from hypothesis import given, strategies as st
import pytest

from custom_components.homelabcmd.core.scans import snapshot
from custom_components.homelabcmd.core.scans.asking import Trouble
from custom_components.homelabcmd.core.scans.book import (
    MAX_HOSTS,
    MAX_SCANS,
    ScanBook,
    TooManyScansError,
    UnknownScanError,
)
from custom_components.homelabcmd.core.scans.comparison import (
    Change,
    Changes,
    Difference,
    compare,
)
from custom_components.homelabcmd.core.scans.facts import (
    Disk,
    Facts,
    Package,
    Port,
    User,
)
from custom_components.homelabcmd.core.scans.host_keys import (
    HostKey,
    KnownHost,
    Verdict,
    decided,
    judge,
    key_of,
    noted,
)
from custom_components.homelabcmd.core.scans.scan import (
    Failure,
    Missing,
    Scan,
    ScanType,
    Status,
)
from custom_components.homelabcmd.core.scans.targets import Target

from ..make import START

ONE, TWO = (f"7d1f7f5e-51a8-4f63-8b39-8a04b7c5b9d{number}" for number in (1, 2))
NAS = Target(host="nas", port=22, username="ana")
PI = Target(host="pi", port=22, username="ana")
LINE = (
    "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIOMqqnkVzrm0SdG6UOoqKLsabgH5C9okWi0dh2l9GKJl"
)
KEY = HostKey(
    algorithm="ssh-ed25519",
    fingerprint="SHA256:+DiY3wvvV6TuJJhbpZisF/zLDA0zPMSvHdkr4UvCOqU",
)
OTHER = HostKey(algorithm="ssh-rsa", fingerprint="SHA256:" + "A" * 43)


def ask(
    book: ScanBook, scan_id: str, target: Target = NAS, kind: ScanType = ScanType.FULL
) -> Scan:
    return book.asked(scan_id, target, kind, START)


def completed(
    book: ScanBook, scan_id: str, target: Target = NAS, kind: ScanType = ScanType.FULL
) -> Scan:
    ask(book, scan_id, target, kind)
    return book.ended(scan_id, None, START)


def restarted(book: ScanBook) -> snapshot.Restored:
    return snapshot.load(json.loads(json.dumps(snapshot.dump(book))))


def test_a_scan_waits_until_it_runs_and_ends() -> None:
    book = ScanBook()
    scan = ask(book, "1")
    assert (scan.status, scan.done, scan.total) == (Status.PENDING, 0, 20)
    assert book.unfinished(NAS) == scan
    assert book.unfinished(PI) is None
    book.change("1", status=Status.RUNNING, done=3)
    ended = book.ended("1", Failure.TIMED_OUT, START)
    assert (ended.status, ended.failure) == (Status.FAILED, Failure.TIMED_OUT)
    assert book.unfinished(NAS) is None


def test_what_is_not_there_can_not_be_asked_for() -> None:
    with pytest.raises(UnknownScanError):
        ScanBook().query(scan_id="1")


def test_the_newest_scans_come_first() -> None:
    book = ScanBook()
    for number in range(5):
        ask(book, str(number))
    assert [scan.scan_id for scan in book.query(limit=2)] == ["4", "3"]


def test_scans_are_forgotten_after_30_days() -> None:
    book = ScanBook()
    completed(book, "old")
    ask(book, "waits")
    assert book.prune(START + timedelta(days=30)) == ()
    assert book.prune(START + timedelta(days=30, seconds=1)) == ("old",)
    assert list(book.scans) == ["waits"]


def test_the_oldest_give_way_if_there_are_too_many() -> None:
    book = ScanBook()
    for number in range(MAX_SCANS):
        assert book.make_room() == ()
        completed(book, str(number))
    assert book.make_room() == ("0",)
    assert len(book.scans) == MAX_SCANS - 1


def test_nothing_that_waits_gives_way() -> None:
    book = ScanBook()
    for number in range(MAX_SCANS):
        ask(book, str(number))
    with pytest.raises(TooManyScansError):
        book.make_room()


@pytest.mark.parametrize(
    ("kind", "earlier"), [(ScanType.FULL, "full"), (ScanType.QUICK, "quick")]
)
def test_a_scan_is_compared_with_the_last_of_the_machine_that_asked_as_much(
    kind: ScanType, earlier: str
) -> None:
    book = ScanBook()
    completed(book, "full")
    completed(book, "quick", kind=ScanType.QUICK)
    completed(book, "other", PI)
    ask(book, "failed")
    book.ended("failed", Failure.TIMED_OUT, START)
    found = book.earlier(completed(book, "now", kind=kind))
    assert found is not None
    assert found.scan_id == earlier


def test_scans_and_hosts_survive_a_restart_and_what_ran_is_interrupted() -> None:
    book = ScanBook()
    completed(book, ONE)
    book.change(
        ONE,
        missing=(Missing(fact="ports", trouble=Trouble.TIMED_OUT),),
        host_key=KEY,
        address="10.0.0.7",
    )
    ask(book, TWO)
    book.remember(KnownHost(place="nas:22", trusted=KEY, seen=OTHER))
    back = restarted(book).book
    assert back.scans == book.scans
    assert back.hosts == book.hosts
    back.interrupted(START)
    assert back.get(TWO).failure is Failure.INTERRUPTED
    assert back.get(ONE).status is Status.COMPLETED


def test_what_is_damaged_is_left_out_and_named() -> None:
    book = ScanBook()
    completed(book, ONE)
    completed(book, TWO)
    data = snapshot.dump(book)
    data["scans"][0]["scan_id"] = "../../secrets"
    restored = snapshot.load(data)
    assert list(restored.book.scans) == [TWO]
    assert "scans[0].scan_id" in restored.damaged[0]
    assert snapshot.load_result({"facts": {"cpu": 7}}) is None


@given(st.recursive(st.none() | st.integers() | st.text(), st.lists))
def test_any_file_is_read(stored: object) -> None:
    snapshot.load({"scans": [stored], "hosts": stored})


def test_decisions_outlive_what_was_only_seen() -> None:
    book = ScanBook()
    book.remember(KnownHost(place="decided", trusted=KEY))
    for number in range(MAX_HOSTS):
        book.remember(KnownHost(place=str(number), seen=KEY))
    assert len(book.hosts) == MAX_HOSTS
    assert "decided" in book.hosts


def test_a_key_is_trusted_once_its_fingerprint_was_named() -> None:
    shown = key_of(LINE)
    assert shown == KEY
    assert judge(None, shown) is Verdict.UNKNOWN
    known = noted(None, "nas:22", shown)
    assert judge(known, shown) is Verdict.UNKNOWN
    with pytest.raises(ValueError, match="SHA256"):
        decided(known, OTHER.fingerprint)
    known = decided(known, KEY.fingerprint)
    assert judge(known, shown) is Verdict.TRUSTED


def test_another_key_than_the_trusted_one_is_a_change_until_it_is_trusted() -> None:
    known = noted(KnownHost(place="nas:22", trusted=KEY), "nas:22", OTHER)
    assert judge(known, OTHER) is Verdict.CHANGED
    assert judge(known, KEY) is Verdict.TRUSTED
    assert judge(decided(known, OTHER.fingerprint), OTHER) is Verdict.TRUSTED


def test_no_key_is_looked_at_where_somebody_has_said_so() -> None:
    known = KnownHost(place="nas:22", trusted=KEY, unverified=True)
    assert judge(known, OTHER) is Verdict.NOT_VERIFIED


@pytest.mark.parametrize(
    "line", ["", "ssh-ed25519", "ssh-ed25519 !!!", "x " + "A" * 9999]
)
def test_what_is_no_key_is_refused(line: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - whatever is wrong with it
        key_of(line)


def facts(percent: float = 50) -> Facts:
    disk = Disk(mount="/", device="/dev/sda1", total_gb=9, used_gb=1, percent=percent)
    return Facts(
        disks=(disk,),
        packages=(
            Package(name="bash", version="1"),
            Package(name="nano", version="1"),
        ),
        ports=(Port(protocol="tcp", port=22, address="*"),),
        users=(User(name="ana", uid=1, shell="/bin/sh"),),
    )


def test_what_has_changed_is_found() -> None:
    after = Facts(
        disks=(
            Disk(mount="/", device="/dev/sda1", total_gb=9, used_gb=8, percent=80.2),
        ),
        packages=(
            Package(name="bash", version="2"),
            Package(name="vim", version="1"),
        ),
        ports=(Port(protocol="tcp", port=80, address="*"),),
        users=(User(name="ana", uid=1, shell="/bin/zsh"),),
    )
    assert compare(facts(), after) == Changes(
        packages=Difference(
            added=("vim",),
            removed=("nano",),
            changed=(Change(name="bash", before="1", after="2"),),
        ),
        ports=Difference(added=("tcp *:80",), removed=("tcp *:22",)),
        users=Difference(
            changed=(Change(name="ana", before="/bin/sh", after="/bin/zsh"),)
        ),
        disks=Difference(changed=(Change(name="/", before="50 %", after="80 %"),)),
    )


def test_what_is_not_known_in_full_is_not_compared() -> None:
    changes = compare(facts(), Facts(ports=()), unsure={"ports"})
    assert changes == Changes()
    assert compare(facts(), facts(50.2)).disks == Difference()
