"""Say in one line why the hub can't be reached, and what to do."""

from __future__ import annotations

from collections.abc import Callable
import errno
import socket
import sys

from .config import Url
from .http1 import CutError, HttpError
from .text import clean

_NO_ROUTE = {errno.EHOSTUNREACH, errno.ENETUNREACH, errno.EADDRNOTAVAIL, errno.ENETDOWN}


class CaFileError(OSError):
    """The file of `ca_file` can't be used."""


def explain(error: Exception, url: Url) -> str:
    """Return the line for an exception of the network."""
    for kind, say in (*_tls_table(), *_TABLE):
        if isinstance(error, kind):
            return say(error, url)
    if isinstance(error, OSError) and error.errno in _NO_ROUTE:
        return f"there is no way to {url.address}; check this machine's network"
    what = clean(str(error), 200) or type(error).__name__
    return f"talking to {url.address} failed: {what}"


def _name(_error: Exception, url: Url) -> str:
    return (
        f"the name {url.host} has no address; check DNS, or put the IP address of "
        "Home Assistant into the url"
    )


def _refused(_error: Exception, url: Url) -> str:
    return f"{url.address} refuses connections; is Home Assistant running there?"


def _timeout(_error: Exception, url: Url) -> str:
    return f"{url.address} does not answer in time; check network and firewall"


def _ca_file(_error: Exception, _url: Url) -> str:
    return "ca_file is no readable PEM certificate; put the right file there"


def _untrusted(error: Exception, url: Url) -> str:
    why = clean(getattr(error, "verify_message", ""), 200) or "not trusted"
    return (
        f"the certificate of {url.address} is not accepted ({why}); set ca_file for a "
        "private certificate authority, and check the name in the url and the clock"
    )


def _no_tls(_error: Exception, url: Url) -> str:
    return f"{url.address} does not speak TLS as expected; is it http:// there?"


def _no_http(_error: Exception, url: Url) -> str:
    return f"{url.address} does not speak HTTP as expected; check scheme and port"


def _dropped(_error: Exception, url: Url) -> str:
    other = "http" if url.scheme == "https" else "https"
    return (
        f"{url.address} dropped the connection; is Home Assistant starting, or is it "
        f"{other}:// there?"
    )


# The first that fits: special kinds stand above those that they are made from.
_TABLE: tuple[tuple[type[Exception], Callable[[Exception, Url], str]], ...] = (
    (CaFileError, _ca_file),
    (socket.gaierror, _name),
    (UnicodeError, _name),
    (ConnectionRefusedError, _refused),
    (TimeoutError, _timeout),
    (ConnectionError, _dropped),
    (CutError, _dropped),
    (HttpError, _no_http),
)


def _tls_table() -> tuple[tuple[type[Exception], Callable[[Exception, Url], str]], ...]:
    # Where TLS was never loaded, it can't have raised anything.
    if (ssl := sys.modules.get("ssl")) is None:
        return ()
    return ((ssl.SSLCertVerificationError, _untrusted), (ssl.SSLError, _no_tls))
