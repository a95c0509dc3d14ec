"""``lti-elos demo`` in a process of its own, as a newcomer starts it."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

_END_S = 60


@dataclass(frozen=True)
class DemoProcess:
    """A demo that has printed its address. The tool is at ``port``, LMS and Elos simulator at the next two."""

    port: int
    data: Path
    said: str
    """Its line on stdout."""
    process: subprocess.Popen[str]
    stderr: Path
    scheme: str

    @property
    def tool(self) -> str:
        return f"{self.scheme}://localhost:{self.port}"

    @property
    def lms(self) -> str:
        return f"{self.scheme}://127.0.0.1:{self.port + 1}"

    @property
    def elos(self) -> str:
        return f"{self.scheme}://127.0.0.1:{self.port + 2}"

    @property
    def certificate(self) -> Path | None:
        """What its clients must trust."""
        return self.data / "demo-certificate.pem" if self.scheme == "https" else None

    def end(self) -> None:
        """As an operator ends it. One that does not end is made to say where it hangs."""
        self.process.terminate()
        try:
            self.process.wait(timeout=_END_S)
        except subprocess.TimeoutExpired:
            self.process.send_signal(signal.SIGABRT)
            self.process.wait(timeout=_END_S)
            raise AssertionError(f"the demo did not end:\n{self.stderr.read_text()}") from None


@contextmanager
def demo_process(folder: Path, *options: str, tls: bool = False) -> Iterator[DemoProcess]:
    """Started with its data in ``folder``, ended afterwards; no traceback may be on its stderr."""
    started = _start(folder, *options, tls=tls)
    while not started.said and "is taken" in started.stderr.read_text():  # by somebody who was quicker
        started.process.wait(timeout=_END_S)
        started = _start(folder, *options, tls=tls)
    try:
        assert started.said, f"the demo did not start: {started.stderr.read_text()}"
        yield started
    finally:
        started.end()
    assert "Traceback" not in started.stderr.read_text(), started.stderr.read_text()


def _start(folder: Path, *options: str, tls: bool) -> DemoProcess:
    port = _three_free_ports()
    noise = folder / f"stderr-{port}.txt"
    command = [sys.executable, "-m", "lti_elos", "demo", "--port", str(port), "--data", str(folder), *options]
    environment = os.environ | {"PYTHONFAULTHANDLER": "1"}  # all threads' stacks on SIGABRT
    with noise.open("w") as stderr:
        process = subprocess.Popen(
            [*command, "--tls"] if tls else command, stdout=subprocess.PIPE, stderr=stderr, text=True, env=environment
        )
    assert process.stdout is not None
    with process.stdout:
        said = process.stdout.readline()
    return DemoProcess(port, folder, said, process, noise, "https" if tls else "http")


def children(pid: int) -> list[int]:
    """The processes that a process has started."""
    return [int(one) for one in Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="ascii").split()]


def runs(pid: int) -> bool:
    """Whether there is such a process, and more than its name."""
    try:
        return Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(") ")[2][0] != "Z"
    except FileNotFoundError:
        return False


def _three_free_ports() -> int:
    """The first of three in a row that are free now."""
    while True:
        with closing(socket.create_server(("127.0.0.1", 0))) as found:
            first = int(found.getsockname()[1])
        try:
            for port in (first, first + 1, first + 2):
                socket.create_server(("127.0.0.1", port)).close()
        except OSError:
            continue
        return first
