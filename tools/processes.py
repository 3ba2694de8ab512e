"""Which processes run for us, and what happens when one of them dies?"""

import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from tools.surroundings import ROOT, Problem

_FOREGROUND = Path(__file__).with_name("foreground.py")
_PATIENCE = 5.0
_LONGEST_PAUSE = 8.0


class Terminated(KeyboardInterrupt):
    """Somebody asked this process to end, by other means than Ctrl-C."""


def say(text: str) -> None:
    """Print one line at once, also into a pipe."""
    print(text, flush=True)


def under_launcher(
    command: Sequence[str | Path], *, death_signal: signal.Signals = signal.SIGKILL, way: str = "same"
) -> list[str]:
    """The command wrapped so that the kernel sends it ``death_signal`` when this process dies.

    The bond is to the thread that starts it: start children from the main thread.
    """
    shim = [sys.executable, "-I", "-S", str(_FOREGROUND), str(os.getpid()), str(int(death_signal)), way, "--"]
    return shim + [str(part) for part in command]


@dataclass
class Service:
    """One process that is to be running for as long as the launcher is."""

    name: str
    command: Sequence[str | Path]
    log: Path
    environment: Mapping[str, str] | None = None
    folder: Path = ROOT
    stop_signal: signal.Signals = signal.SIGTERM
    death_signal: signal.Signals = signal.SIGKILL
    way: str = "same"
    is_server: bool = False
    """Servers are stopped after everything that uses them."""
    may_start: Callable[[], bool] = field(default=lambda: True)
    """Asked before each start; False means not yet."""


class _Running:
    """A service with the process that stands for it at present, if any."""

    def __init__(self, service: Service) -> None:
        self.service = service
        self.process: subprocess.Popen[bytes] | None = None
        self.started_at = 0.0
        self.next_start_at = 0.0
        self.pause = 0.0
        self.deaths = 0

    def start_if_possible(self) -> None:
        if time.monotonic() < self.next_start_at or not self.service.may_start():
            return
        self.service.log.parent.mkdir(parents=True, exist_ok=True)
        with self.service.log.open("ab") as log:
            self.process = subprocess.Popen(
                under_launcher(
                    self.service.command, death_signal=self.service.death_signal, way=self.service.way
                ),
                cwd=self.service.folder,
                env=self.service.environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        self.started_at = time.monotonic()

    def has_ended(self) -> bool:
        """Whether the process ended; what it left in its group is ended before the id is free again."""
        if self.process is None:
            return False
        seen = os.waitid(os.P_PID, self.process.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT)
        if seen is None:
            return False
        _signal_group(self.process.pid, signal.SIGKILL)
        self.process.wait()
        return True


class Supervisor:
    """Starts services, starts them again when they die, and stops them in the opposite order."""

    def __init__(self) -> None:
        self._running: list[_Running] = []
        self.is_quiet = False

    def start(self, service: Service) -> None:
        """Start a service and watch over it from now on. Answers before it is ready."""
        running = _Running(service)
        self._running.append(running)
        running.start_if_possible()

    def process_id(self, name: str) -> int | None:
        """The id of the process that runs this service now, or None between two of them."""
        running = self._named(name)
        return running.process.pid if running.process else None

    def deaths(self, name: str) -> int:
        """How many times the service had to be started again."""
        return self._named(name).deaths

    def look_after(self) -> None:
        """One round: note who died, start again who may be started. Never waits."""
        for running in self._running:
            if running.has_ended():
                assert running.process is not None
                lasted = time.monotonic() - running.started_at
                running.pause = (
                    0.0 if lasted > _PATIENCE else min(max(0.5, running.pause * 2), _LONGEST_PAUSE)
                )
                running.next_start_at = time.monotonic() + running.pause
                running.deaths += 1
                if not self.is_quiet:
                    say(f"{running.service.name} {ending(running.process.returncode)}; it is started again.")
                running.process = None
            if running.process is None:
                running.start_if_possible()

    def look_after_for_good(self) -> None:
        """Look after the services until somebody interrupts, by KeyboardInterrupt."""
        while True:
            self.look_after()
            time.sleep(0.2)

    def wait_until(self, condition: Callable[[], bool], *, what: str, seconds: float) -> None:
        """Look after the services until the condition holds.

        Raises:
            Problem: it did not hold in time, or a service keeps dying.
        """
        deadline = time.monotonic() + seconds
        deaths_before = {running.service.name: running.deaths for running in self._running}
        while not condition():
            self.look_after()
            for running in self._running:
                if running.deaths - deaths_before.get(running.service.name, 0) >= 3:
                    raise Problem(f"{running.service.name} does not start. {last_words(running.service.log)}")
            if time.monotonic() > deadline:
                logs = ", ".join(str(running.service.log) for running in self._running)
                raise Problem(f"{what} did not come about in {seconds:.0f} seconds; see {logs}.")
            time.sleep(0.05)

    def finish(self, jobs: Mapping[str, Sequence[str | Path]], *, environment: Mapping[str, str]) -> None:
        """Run commands beside each other to their ends, while looking after the services.

        Raises:
            Problem: one of them ended with an error; the message carries the end of its output.
        """
        with tempfile.TemporaryDirectory() as place:
            outputs = {name: Path(place, str(number)) for number, name in enumerate(jobs)}
            processes = {}
            for name, command in jobs.items():
                with outputs[name].open("wb") as output:
                    processes[name] = subprocess.Popen(
                        under_launcher(command),
                        cwd=ROOT,
                        env=environment,
                        stdin=subprocess.DEVNULL,
                        stdout=output,
                        stderr=subprocess.STDOUT,
                    )
            try:
                while any(process.poll() is None for process in processes.values()):
                    self.look_after()
                    time.sleep(0.05)
            finally:
                for process in processes.values():
                    process.kill()
                    process.wait()
            for name, process in processes.items():
                if process.returncode != 0:
                    raise Problem(f"{name} {ending(process.returncode)}. {last_words(outputs[name], 25)}")

    def stop(self) -> None:
        """Stop everything, the servers last. Who does not end in seconds is killed."""
        # A second Ctrl-C must not leave half of them running.
        before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT, signal.SIGTERM, signal.SIGHUP})
        try:
            self._stop()
        finally:
            signal.pthread_sigmask(signal.SIG_SETMASK, before)

    def _stop(self) -> None:
        for tier in (False, True):
            ending_now = [running for running in self._running if running.service.is_server is tier]
            for running in ending_now:
                if running.process is not None and running.process.poll() is None:
                    running.process.send_signal(running.service.stop_signal)
            deadline = time.monotonic() + _PATIENCE
            for running in ending_now:
                if running.process is None:
                    continue
                try:
                    running.process.wait(max(0.0, deadline - time.monotonic()))
                except subprocess.TimeoutExpired:
                    running.process.kill()
                _signal_group(running.process.pid, signal.SIGKILL)
                running.process.wait()
        self._running.clear()

    def _named(self, name: str) -> _Running:
        return next(running for running in self._running if running.service.name == name)


def run_in_front(command: Sequence[str | Path], *, environment: Mapping[str, str]) -> int:
    """Run a command that has the keyboard and the screen, to its end; answers its exit code."""
    process = subprocess.Popen(under_launcher(command), cwd=ROOT, env=environment)
    while True:
        try:
            return process.wait()
        except Terminated:
            process.terminate()
        except KeyboardInterrupt:
            # At a terminal the command got Ctrl-C too, and twice would break off its own tidying up.
            if not sys.stdin.isatty():
                process.send_signal(signal.SIGINT)


def ending(returncode: int) -> str:
    """How a process ended, in words."""
    if returncode < 0:
        return f"was killed by {signal.Signals(-returncode).name}"
    return f"ended with code {returncode}"


def last_words(log: Path, lines: int = 15) -> str:
    """The end of a log, introduced by its name."""
    if not log.exists():
        return f"{log} was not written."
    text = "\n".join("    " + line for line in log.read_text(errors="replace").splitlines()[-lines:])
    return f"It said last:\n{text}"


def _signal_group(group: int, number: signal.Signals) -> None:
    try:
        os.killpg(group, number)
    except (ProcessLookupError, PermissionError):
        return
