"""https: verified, always."""

from collections.abc import Callable, Iterator
from pathlib import Path
import shutil
import ssl
import subprocess

import pytest

from homelab_agent.check import check
from homelab_agent.outcomes import Delivered, NotDelivered
from homelab_agent.transport import Transport

from .builders import config_for
from .fake_hub import FakeHub, Request
from .processes import running_agent

if shutil.which("openssl") is None:
    pytest.skip(
        "openssl makes the certificates of these tests and is not installed",
        allow_module_level=True,
    )

AUTHORITY = (
    "basicConstraints=critical,CA:TRUE",
    "keyUsage=critical,keyCertSign,cRLSign",
)


def openssl(*arguments: str | Path) -> None:
    subprocess.run(["openssl", *map(str, arguments)], check=True, capture_output=True)


class Authority:
    """A private certificate authority."""

    def __init__(self, folder: Path, name: str) -> None:
        """Make one."""
        self.file = folder / f"{name}.pem"
        self._folder = folder
        self._name = name
        self._key = folder / f"{name}.key"
        openssl(
            *("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256"),
            *("-nodes", "-keyout", self._key, "-out", self.file, "-days", "2"),
            *("-subj", f"/CN={name}", "-extensions", "ours"),
            *("-config", self._config(*AUTHORITY)),
        )

    def issue(self, alternative: str, days: int = 2) -> ssl.SSLContext:
        """Return a server's TLS with a certificate for a name like IP:127.0.0.1."""
        key, certificate = self._folder / "server.key", self._folder / "server.pem"
        openssl(
            *("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256"),
            *("-nodes", "-keyout", key, "-out", certificate, "-days", str(days)),
            *("-subj", "/CN=hub", "-CA", self.file, "-CAkey", self._key),
            *("-extensions", "ours"),
            *(
                "-config",
                self._config(
                    f"subjectAltName={alternative}",
                    "basicConstraints=critical,CA:FALSE",
                    "authorityKeyIdentifier=keyid",
                ),
            ),
        )
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate, key)
        return context

    def _config(self, *extensions: str) -> Path:
        path = self._folder / f"{self._name}.cnf"
        path.write_text(
            "\n".join(
                [
                    "[req]",
                    "distinguished_name=name",
                    "[name]",
                    "[ours]",
                    "subjectKeyIdentifier=hash",
                    *extensions,
                ]
            )
        )
        return path


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("tls"), "ours")


@pytest.fixture
def make_hub(loopback: None) -> Iterator[Callable[[ssl.SSLContext], FakeHub]]:
    hubs: list[FakeHub] = []

    def make(tls: ssl.SSLContext) -> FakeHub:
        hubs.append(FakeHub(tls=tls))
        hubs[-1].start()
        return hubs[-1]

    yield make
    for hub in hubs:
        hub.stop()


@pytest.fixture
def hub(authority: Authority, make_hub: Callable[[ssl.SSLContext], FakeHub]) -> FakeHub:
    return make_hub(authority.issue("IP:127.0.0.1"))


def why_not(hub: FakeHub, ca_file: Path | None) -> str:
    """Return why a message to the hub is not delivered."""
    transport = Transport(config_for(hub, str(ca_file) if ca_file else None), 5.0)
    outcome = transport.send(b'{"type":"heartbeat"}', int(hub.now()))
    transport.close()
    assert isinstance(outcome, NotDelivered)
    return outcome.reason


def test_private_authority_is_trusted_and_the_connection_kept(
    hub: FakeHub, authority: Authority
) -> None:
    transport = Transport(config_for(hub, str(authority.file)), 5.0)
    for _ in range(2):
        outcome = transport.send(b'{"type":"heartbeat"}', int(hub.now()))
        assert isinstance(outcome, Delivered)
    transport.close()
    assert hub.next_request().port == hub.next_request().port


def test_hub_that_restarted_is_found_again(hub: FakeHub, authority: Authority) -> None:
    transport = Transport(config_for(hub, str(authority.file)), 5.0)
    for _ in range(2):
        outcome = transport.send(b'{"type":"heartbeat"}', int(hub.now()))
        assert isinstance(outcome, Delivered)
        hub.stop()
        hub.start()
    transport.close()


def test_unknown_authority_is_refused(hub: FakeHub) -> None:
    reason = why_not(hub, None)
    assert "is not accepted" in reason
    assert "set ca_file" in reason
    assert hub.requests.empty()


def test_wrong_authority_is_refused(hub: FakeHub, tmp_path: Path) -> None:
    assert "is not accepted" in why_not(hub, Authority(tmp_path, "theirs").file)
    assert hub.requests.empty()


def test_certificate_for_another_name_is_refused(
    authority: Authority, make_hub: Callable[[ssl.SSLContext], FakeHub]
) -> None:
    hub = make_hub(authority.issue("DNS:elsewhere.example"))
    assert "check the name in the url" in why_not(hub, authority.file)
    assert hub.requests.empty()


def test_file_that_is_no_certificate_is_named(hub: FakeHub, tmp_path: Path) -> None:
    path = tmp_path / "ca.pem"
    path.write_text("no certificate")
    assert why_not(hub, path).startswith("ca_file is no readable PEM certificate")


def test_repaired_file_is_read_again(
    hub: FakeHub, authority: Authority, tmp_path: Path
) -> None:
    path = tmp_path / "ca.pem"
    path.write_text("no certificate")
    transport = Transport(config_for(hub, str(path)), 5.0)
    transport.send(b'{"type":"heartbeat"}', int(hub.now()))
    path.write_text(authority.file.read_text())
    outcome = transport.send(b'{"type":"heartbeat"}', int(hub.now()))
    transport.close()
    assert isinstance(outcome, Delivered)


def test_check_goes_the_whole_way(
    hub: FakeHub, authority: Authority, tmp_path: Path
) -> None:
    path = tmp_path / "config.yaml"
    path.touch(mode=0o600)
    found = list(check(config_for(hub, str(authority.file)), str(path)))
    assert [str(finding) for finding in found if not finding.ok] == []
    assert "the certificate is valid" in {finding.text for finding in found}


def test_check_says_what_is_wrong_with_the_certificate(
    hub: FakeHub, tmp_path: Path
) -> None:
    path = tmp_path / "config.yaml"
    path.touch(mode=0o600)
    *_, last = check(config_for(hub), str(path))
    assert (last.subject, last.ok) == ("TLS", False)
    assert "set ca_file" in last.text


def test_process_reports_over_https(
    hub: FakeHub, authority: Authority, write_config: Callable[..., Path]
) -> None:
    with running_agent(write_config(hub, f"ca_file: {authority.file}")):
        request: Request = hub.next_request()
    assert request.signed
