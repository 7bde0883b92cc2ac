"""Every mistake in the settings is named in one line that says what to do."""

from collections.abc import Callable
from pathlib import Path

import pytest

from homelab_agent.config import Config, ConfigError, load
from homelab_agent.protocol.signing import Secret
from homelab_agent.settings_file import read_settings_in_child

KEY = Secret(bytes(range(32))).dump()
URL = "https://ha.example:8123/api/webhook/id-which-is-nobodys-business"
GOOD = {"url": URL, "server_id": "web-1", "key": KEY}


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "config.yaml"


def lines(**changes: str | None) -> str:
    """Return good settings but for the changes; None leaves a line out."""
    settings = GOOD | changes
    return "".join(f"{k}: {v}\n" for k, v in settings.items() if v is not None)


def complaint(path: Path) -> str:
    """Return what is wrong with the file."""
    with pytest.raises(ConfigError) as caught:
        load(str(path))
    return str(caught.value)


def test_good_settings_are_read(path: Path) -> None:
    path.write_text(f"# ours\n{lines()}heartbeat_interval_seconds: 30\n")
    config = load(str(path))
    assert config.url.address == "https://ha.example:8123"
    assert config.url.path == "/api/webhook/id-which-is-nobodys-business"
    assert config.server_id == "web-1"
    assert config.key.dump() == KEY
    assert config.heartbeat_interval_seconds == 30
    assert config.ca_file is None


def test_interval_is_a_minute_if_not_set(path: Path) -> None:
    path.write_text(lines())
    assert load(str(path)).heartbeat_interval_seconds == 60


@pytest.mark.parametrize(
    ("url", "address"),
    [
        ("http://10.0.0.2/api/webhook/x", "http://10.0.0.2:80"),
        ("https://ha.example/api/webhook/x", "https://ha.example:443"),
        ("http://[fd00::1]:8123/api/webhook/x", "http://[fd00::1]:8123"),
        ("'http://HA.local:8123/api/webhook/a~b.c_d-e'", "http://ha.local:8123"),
    ],
)
def test_url_may_be_any_address(path: Path, url: str, address: str) -> None:
    path.write_text(lines(url=url))
    assert load(str(path)).url.address == address


def test_number_is_a_fine_server_id(path: Path) -> None:
    path.write_text(lines(server_id="2024"))
    assert load(str(path)).server_id == "2024"


@pytest.mark.parametrize(
    ("field", "value", "remedy"),
    [
        ("url", None, "this setting is missing; add it"),
        ("url", "", "write the address"),
        ("url", "ha.example/api/webhook/x", "http:// or https://"),
        ("url", "ftp://ha.example/api/webhook/x", "http:// or https://"),
        ("url", "http:///api/webhook/x", "write the address"),
        ("url", "http://ha.example:99999/api/webhook/x", "write the address"),
        ("url", "http://ha.example:port/api/webhook/x", "write the address"),
        ("url", "http://ha.example", "the path must be /api/webhook/"),
        ("url", "http://ha.example/api/webhook/", "the path must be /api/webhook/"),
        ("url", "http://ha.example/api/webhook/a/b", "the path must be"),
        ("url", "http://me:word@ha.example/api/webhook/x", "remove user name"),
        ("url", "http://ha.example/api/webhook/x?y=1", "remove user name"),
        ("url", "http://ha.exämple/api/webhook/x", "write the address"),
        ("url", '"http://ha.example/api/webhook/x\\r\\nHost: y"', "write the address"),
        ("url", "http://[fd00::1/api/webhook/x", "write the address"),
        ("url", "[http://ha.example/api/webhook/x]", "not a list"),
        ("server_id", None, "this setting is missing; add it"),
        ("server_id", "", "1 to 63 characters"),
        ("server_id", "Web-1", "small letters"),
        ("server_id", "a" * 64, "1 to 63 characters"),
        ("server_id", '"web-1\\n"', "1 to 63 characters"),
        ("server_id", "{a: b}", "not a list"),
        ("key", None, "this setting is missing; add it"),
        ("key", "whsec_short", "44 characters of base64; copy it again"),
        ("key", f'"{KEY}\\n"', "44 characters of base64"),
        ("key", KEY.removeprefix("whsec_"), "a key starts with whsec_"),
        ("key", '"whsec_\\ud800"', "44 characters of base64"),
        ("ca_file", "ca.pem", "write the full path"),
        ("ca_file", "/nowhere/ca.pem", "can't be read (No such file or directory)"),
        ("ca_file", "/", "can't be read (Is a directory)"),
        ("ca_file", '"/etc/\\0"', "write the full path"),
        ("heartbeat_interval_seconds", "soon", "write whole seconds from 10 to 3600"),
        ("heartbeat_interval_seconds", "9", "write whole seconds from 10 to 3600"),
        ("heartbeat_interval_seconds", "3601", "write whole seconds"),
        ("heartbeat_interval_seconds", "60.5", "write whole seconds"),
        ("heartbeat_interval_seconds", "-60", "write whole seconds"),
        ("heartbeat_interval_seconds", "٦٠", "write whole seconds"),
    ],
)
def test_bad_value_is_named_with_a_remedy(
    path: Path, field: str, value: str | None, remedy: str
) -> None:
    path.write_text(lines(**{field: value}))
    text = complaint(path)
    assert text.startswith(f"{path}: ")
    assert remedy in text
    if "not a list" not in remedy:
        assert f": {field}: " in text
    assert "\n" not in text
    assert "whsec_short" not in text
    assert "nobodys" not in text


@pytest.mark.parametrize(
    ("content", "remedy"),
    [
        (b"", "there are no settings"),
        (b"just words", "there are no settings"),
        (b"- url\n- key\n", "there are no settings"),
        (b"url: http://x\n  server_id: [", "line 2 is not YAML"),
        (b"url: 'http://ha.exa", "line 1 is not YAML"),
        (f"url: *{KEY}\n".encode(), "line 1 is not YAML"),
        (f"key: {KEY}\n\tserver_id: x".encode(), "line 2 is not YAML"),
        (b"a: 1\n---\nb: 2\n", "is not YAML"),
        (b"url: \x07", "not YAML"),
        (b'url: "\\UFFFFFFFF"', "not YAML"),
        (b"[" * 5000, "not YAML"),
        (b"{a: " * 5000, "not YAML"),
        (b"url: caf\xe9", "not UTF-8"),
        (b"url: a\nurl: b\n", "line 2 repeats a setting"),
        (b"? [a]\n: b\n", "line 1: write one 'name: value'"),
        (b"x" * 100_000, "too large"),
        (f"{lines()}servers: 3\n".encode(), "servers: this setting does not exist"),
        (f"{lines()}{KEY}: x\n".encode(), "a name: this setting does not exist"),
    ],
)
def test_bad_file_is_described_without_showing_it(
    path: Path, content: bytes, remedy: str
) -> None:
    path.write_bytes(content)
    text = complaint(path)
    assert remedy in text
    assert "\n" not in text
    assert KEY not in text


def test_unknown_setting_names_the_known_ones(path: Path) -> None:
    path.write_text(f"{lines()}sever_id: x\n")
    assert (
        "sever_id: this setting does not exist; the settings are url, server_id, key, "
        "ca_file, heartbeat_interval_seconds" in complaint(path)
    )


def test_missing_file_says_how_to_get_one(path: Path) -> None:
    assert "run the install command" in complaint(path)


def test_folder_is_no_file(tmp_path: Path) -> None:
    assert "this is a folder" in complaint(tmp_path)


def test_settings_show_no_secret(path: Path) -> None:
    path.write_text(lines())
    config: Config = load(str(path))
    for shown in (repr(config), str(config), repr(config.url)):
        assert KEY not in shown
        assert "nobodys" not in shown


@pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")
def test_child_reads_the_same(path: Path) -> None:
    path.write_text(lines())
    assert load(str(path), read_settings_in_child) == load(str(path))


@pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")
@pytest.mark.parametrize(
    "spoil", [lambda path: path.unlink(), lambda path: path.write_text("[")]
)
def test_child_says_the_same(path: Path, spoil: Callable[[Path], object]) -> None:
    path.write_text(lines())
    spoil(path)
    with pytest.raises(ConfigError) as caught:
        load(str(path), read_settings_in_child)
    assert str(caught.value) == complaint(path)
