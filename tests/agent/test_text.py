"""What leaves this machine as text."""

from __future__ import annotations

from hypothesis import given, strategies as st
import pytest

from homelab_agent.text import clean, without_login


@pytest.mark.parametrize(
    ("source", "shown"),
    [
        ("curlftpfs#ftp://user:password@host/", "curlftpfs#ftp://host/"),
        ("curlftpfs#user:password@host/dir", "curlftpfs#host/dir"),
        ("//user@nas/share", "//nas/share"),
        ("//user%password@nas/share", "//nas/share"),
        ("//DOMAIN;user:password@nas/share", "//nas/share"),
        ("http://u:p@h", "http://h"),
        ("https://u:p@ss@dav.example/files", "https://dav.example/files"),
        ("user@host:/srv/@media", "host:/srv/@media"),
        (
            ":sftp,host=nas,user=me,pass=abc:/srv",
            ":sftp,host=nas,user=...,pass=...:/srv",
        ),
        ("//user%pass word@nas/share", "//nas/share"),
        ("curlftpfs#ftp://me:pa ss@host/d", "curlftpfs#ftp://host/d"),
        ("curlftpfs#user:/secret@host/dir", "curlftpfs#host/dir"),
        (":s3,secret_access_key=XXXX:bucket", ":s3,secret_access_key=...:bucket"),
        (':sftp,pass="ab,cd",host=nas:/a', ":sftp,pass=...,host=nas:/a"),
        ("nas:/export/@photos", "nas:/export/@photos"),
        ("nas:/export/photos", "nas:/export/photos"),
        ("//nas/share", "//nas/share"),
        ("gdrive:", "gdrive:"),
    ],
)
def test_a_mounts_source_does_not_say_who_logs_in(source: str, shown: str) -> None:
    assert clean(without_login(source)) == shown


words = st.text("abcXYZ019._~!$&'()*+;=%:/@-", min_size=1)


@given(password=words, host=st.from_regex(r"[a-z][a-z0-9.-]{0,20}", fullmatch=True))
@pytest.mark.parametrize(
    "form",
    [
        "ftp://me:{}SECRET{}@{host}/dir",
        "//me%{}SECRET{}@{host}/share",
        "curlftpfs#ftp://me:{}SECRET{}@{host}/",
        "E: http://me:{}SECRET{}@{host}/debian is not there",
    ],
)
def test_no_password_in_an_address_leaves_this_machine(
    form: str, password: str, host: str
) -> None:
    shown = clean(form.format(password, password, host=host), 5000) or ""
    assert "SECRET" not in shown
    assert host in shown


@pytest.mark.parametrize(
    "text",
    [
        "nginx@sha256:0123",
        "getty@tty1.service: failed",
        "registry.example/team/app:1.2",
        "/mnt/key=value",
    ],
)
def test_what_is_no_address_stays_as_it_is(text: str) -> None:
    assert clean(text) == text
