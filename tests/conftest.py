"""What every suite shares.

Nothing here, in tests/agent and in tests/protocol may import Home Assistant: those
suites also run on Python 3.11 without it. They import `homelab_agent.protocol`, for
`custom_components.homelabcmd.protocol` would bring Home Assistant along.
"""

from collections.abc import Iterator
import importlib.util
import os

from hypothesis import settings
import pytest

# A shared machine pauses when it likes, so an example's duration proves nothing. CI
# repeats the same examples, so that it only fails for what a change did.
settings.register_profile("person", deadline=None)
settings.register_profile("ci", deadline=None, derandomize=True, print_blob=True)
settings.load_profile("ci" if os.environ.get("CI") else "person")


@pytest.fixture
def loopback() -> Iterator[None]:
    """Allow real sockets to this machine, which Home Assistant's plugin forbids."""
    if importlib.util.find_spec("pytest_socket") is None:
        yield
        return
    import pytest_socket  # noqa: PLC0415 - the agent's Python 3.11 suite has none

    pytest_socket.enable_socket()
    yield
    pytest_socket.disable_socket(allow_unix_socket=True)
