"""The command line: homelab-agent run, once, check, allowed, version."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Sequence
import json
import sys
import threading

from . import log, stop
from .clock import Clock
from .collectors import Collectors
from .collectors.surroundings import Surroundings
from .commands.office import Office
from .commands.whitelist import Whitelist
from .config import DEFAULT_PATH, Config, ConfigError, load
from .outcomes import Delivered, is_removed
from .protocol.messages import PROTOCOL, dump_message
from .report import Reporter
from .roads import Roads
from .runner import Runner
from .settings_file import read_settings_in_child
from .version import VERSION

OK = 0
PROBLEM = 1
"""`check` found something."""
BAD_CONFIG = 2
"""The settings or the command line can't be used."""
REMOVED = 10
"""The server was removed in Home Assistant: a restart would change nothing."""
INTERRUPTED = 130


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command; returns the exit code."""
    options = _parser().parse_args(arguments)
    if options.command == "version":
        python = ".".join(map(str, sys.version_info[:3]))
        sys.stdout.write(
            f"homelab-agent {VERSION}, protocol {PROTOCOL}, Python {python}\n"
        )
        return OK
    try:
        config = load(options.config, read_settings_in_child)
    except ConfigError as error:
        if options.command == "check":
            sys.stdout.write(f"FAIL config: {error}\n")
            return PROBLEM
        log.error(f"homelab-agent: {error}")
        return BAD_CONFIG
    try:
        return _COMMANDS[options.command](config, options.config)
    except KeyboardInterrupt:
        return INTERRUPTED


def _run(config: Config, _path: str) -> int:
    """Report until told to stop."""
    stop.install()
    transport = Roads(config)
    clock = Clock()
    interval = config.heartbeat_interval_seconds
    around = _surroundings(clock, lambda: transport.hub_address)
    whitelist = Whitelist(around)
    reporter = Reporter(config.server_id, clock, Collectors(around), whitelist)
    hurry = threading.Event()
    runner = Runner(
        transport=transport,
        reporter=reporter,
        clock=clock,
        interval=interval,
        office=Office(
            config,
            clock,
            around,
            reporter.run_id,
            whitelist,
            url=lambda: transport.url,
            ended=hurry.set,
        ),
        hurry=hurry,
    )
    log.info(
        f"homelab-agent {VERSION} reports as {config.server_id} to "
        f"{config.url.address} every {interval} s"
    )
    try:
        runner.run()
    except stop.Stop:
        stop.ignore()
        return OK
    finally:
        transport.close()
    log.error(
        f"{config.server_id} was removed in Home Assistant, so the agent ends; remove "
        "it here too with: sudo sh /opt/homelab-agent/install.sh --uninstall, or add "
        "the server again and paste the new line"
    )
    return REMOVED


def _once(config: Config, _path: str) -> int:
    """Print what would be sent, and send nothing."""
    clock = Clock()
    around = _surroundings(clock, lambda: None, patient=True)
    reporter = Reporter(config.server_id, clock, Collectors(around), Whitelist(around))
    heartbeat = reporter.measure()
    json.dump(dump_message(heartbeat), sys.stdout, indent=2, ensure_ascii=False)
    sys.stdout.write("\n")
    return OK


def _check(config: Config, path: str) -> int:
    """Print what keeps heartbeats from arriving."""
    # Only here, for the service never needs it.
    from .check import check  # noqa: PLC0415

    findings = []
    for finding in check(config, path):
        findings.append(finding.ok)
        sys.stdout.write(f"{finding}\n")
        sys.stdout.flush()
    return OK if all(findings) else PROBLEM


def _allowed(_config: Config, _path: str) -> int:
    """Print what Home Assistant may ask for."""
    # Only here, for the service never needs it.
    from .allowed import describe  # noqa: PLC0415

    whitelist = Whitelist(Surroundings())
    whitelist.look()
    sys.stdout.write("".join(f"{line}\n" for line in describe(whitelist)))
    return OK if whitelist.trouble is None else PROBLEM


def _goodbye(config: Config, _path: str) -> int:
    """Say that the agent is being removed; the exit code says what became of it."""
    # Only here, for the service never needs it.
    from .goodbye import describe, goodbye  # noqa: PLC0415

    outcome = goodbye(config)
    sys.stdout.write(f"{describe(outcome)}\n")
    if is_removed(outcome):
        return REMOVED
    return OK if isinstance(outcome, Delivered) else PROBLEM


def _surroundings(
    clock: Clock, hub_address: Callable[[], str | None], *, patient: bool = False
) -> Surroundings:
    return Surroundings(
        now=clock.now,
        boot=clock.boot,
        sleep=clock.sleep,
        hub_address=hub_address,
        patient=patient,
    )


_COMMANDS: dict[str, Callable[[Config, str], int]] = {
    "run": _run,
    "once": _once,
    "check": _check,
    "allowed": _allowed,
    "goodbye": _goodbye,
}
_HELP = {
    "run": "report until stopped (what the service does)",
    "once": "measure once and print what would be sent; sends nothing",
    "check": "look for what keeps reports from arriving; exit code 1 if there is any",
    "allowed": "show what Home Assistant may ask of this server; run it with sudo",
    "goodbye": "tell Home Assistant that this agent is being removed",
    "version": "print version and protocol",
}


def _formatter(prog: str) -> argparse.HelpFormatter:
    # With a width given, argparse does not load the modules that ask the terminal.
    return argparse.HelpFormatter(prog, width=80, max_help_position=20)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="homelab-agent",
        description="Measure this server and report to HomelabCmd in Home Assistant.",
        formatter_class=_formatter,
        allow_abbrev=False,
    )
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    for name, text in _HELP.items():
        command = commands.add_parser(
            name,
            help=text,
            description=text,
            formatter_class=_formatter,
            allow_abbrev=False,
        )
        if name != "version":
            command.add_argument(
                "--config",
                default=DEFAULT_PATH,
                metavar="FILE",
                help=f"the settings (default: {DEFAULT_PATH})",
            )
    return parser


if __name__ == "__main__":
    sys.exit(main())
