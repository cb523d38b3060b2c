"""Server and browser where the kernel has no route out, and every connection is seen.

The audit hook only sees Python; this sees the process as the kernel does.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.navigateur.conftest import CHROMIUM, REPOSITORY

pytestmark = pytest.mark.navigateur

PROGRAM = """
import os, socket, subprocess, sys
from tests.navigateur.conftest import STOP_WITHIN_S, free_port, wait_until_open
from tests.navigateur.parcours import main_path

if sys.argv[1] == "isolated":
    # The new namespace has only a loopback interface, still down.
    subprocess.run(["ip", "link", "set", "lo", "up"], check=True)
    probe = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    try:
        probe.connect(("192.0.2.1", 53))
    except OSError:
        pass
    else:
        sys.exit("a route leads outside")
port = free_port()
command = [sys.executable, "-m", "tests.navigateur.serveur", sys.argv[2], str(port)]
if sys.argv[3]:
    command = ["strace", "-D", "-f", "--seccomp-bpf", "-qq",
               "-e", "trace=connect,sendto,sendmsg,sendmmsg", "-o", sys.argv[3]] + command
server = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)
try:
    address = f"http://127.0.0.1:{port}"
    wait_until_open(address, server)
    print(main_path(address))
finally:
    server.terminate()
    server.communicate(timeout=STOP_WITHIN_S)
"""


def _can_isolate() -> bool:
    if not (shutil.which("unshare") and shutil.which("ip")):
        return False
    probe = ["unshare", "-rn", "ip", "link", "set", "lo", "up"]
    return subprocess.run(probe, capture_output=True, check=False).returncode == 0


def _run(prefix: list[str], *arguments: str) -> str:
    done = subprocess.run(
        [*prefix, sys.executable, "-c", PROGRAM, *arguments],
        cwd=REPOSITORY,
        capture_output=True,
        text=True,
        timeout=1200,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.mark.skipif(CHROMIUM is None, reason="Chromium n’est pas installé")
def test_the_main_path_works_without_any_route_outside(tmp_path: Path) -> None:
    if not _can_isolate():
        pytest.skip("le noyau ne permet pas d’espace de noms réseau (unshare -n)")
    assert "40 000 euros" in _run(["unshare", "-rn"], "isolated", str(tmp_path), "")


@pytest.mark.skipif(CHROMIUM is None, reason="Chromium n’est pas installé")
def test_the_kernel_sees_no_connection_outside_loopback(tmp_path: Path) -> None:
    if not shutil.which("strace"):
        pytest.skip("strace n’est pas installé")
    trace = tmp_path / "trace.txt"
    assert "40 000 euros" in _run([], "shared", str(tmp_path), str(trace))
    text = trace.read_text(errors="replace")
    addresses = re.findall(r'inet_addr\("([^"]+)"\)|inet_pton\(AF_INET6, "([^"]+)"', text)
    outside = {v4 or v6 for v4, v6 in addresses if not (v4.startswith("127.") or v6 == "::1")}
    assert outside == set()
    # The trace did look at the right process.
    assert "exited with" in text or "SIGTERM" in text
