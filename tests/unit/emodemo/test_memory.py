"""The allocator's arenas, as glibc itself counts them."""

import platform
import subprocess
import sys

import pytest

from emodemo.memory import ARENAS
from tests.waiting import PATIENCE

BUSY = """
import ctypes, threading
from emodemo.memory import give_back_early
told = {told}
c = ctypes.CDLL(None)
c.malloc.restype = ctypes.c_void_p
together = threading.Barrier(16)
def hold():
    together.wait()
    for _ in range(100):
        c.malloc(50_000)
    together.wait()
threads = [threading.Thread(target=hold) for _ in range(16)]
[thread.start() for thread in threads]
[thread.join() for thread in threads]
c.malloc_info(0, ctypes.c_void_p.in_dll(c, "stdout"))
c.fflush(None)
"""


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="the allocator is not glibc's")
def test_threads_share_few_arenas() -> None:
    assert arenas(told=True) <= ARENAS < arenas(told=False)


def arenas(*, told: bool) -> int:
    code = BUSY.format(told="give_back_early()" if told else "False")
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=PATIENCE)
    return done.stdout.count("<heap nr=")
