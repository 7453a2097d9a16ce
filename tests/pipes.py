"""Named pipes into a process under test, which never wait for one that has ended."""

from __future__ import annotations

import errno
import os
import subprocess
import time
from pathlib import Path


def fed(process: subprocess.Popen[bytes], fifo: Path, text: bytes) -> int:
    """Write a text into a FIFO that a process reads; return it, still open.

    Fails when the process ends, or does not take the text within 20 seconds.
    """
    until = time.monotonic() + 20
    pipe = -1
    while pipe < 0 or text:
        assert process.poll() is None, process.communicate()[1].decode()
        assert time.monotonic() < until
        try:
            if pipe < 0:
                pipe = os.open(fifo, os.O_WRONLY | os.O_NONBLOCK)
            text = text[os.write(pipe, text) :]
        except OSError as error:
            if error.errno not in (errno.ENXIO, errno.EAGAIN, errno.EPIPE):
                raise
            time.sleep(0.01)
    return pipe
