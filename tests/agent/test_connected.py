from pathlib import Path

import pytest

from homelab_agent.connected import mark


def test_a_delivered_report_leaves_a_file_for_the_installer(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("RUNTIME_DIRECTORY", str(tmp_path))
    mark()
    mark()
    assert [path.name for path in tmp_path.iterdir()] == ["connected"]


def test_without_a_folder_from_systemd_nothing_is_written(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.delenv("RUNTIME_DIRECTORY", raising=False)
    monkeypatch.chdir(tmp_path)
    mark()
    assert not list(tmp_path.iterdir())


def test_a_folder_that_is_gone_does_not_end_the_reports(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("RUNTIME_DIRECTORY", str(tmp_path / "gone"))
    mark()
