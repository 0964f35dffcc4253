"""Starts the app at each line of standard input, in a process of its own, and prints that process's number.

What the app imports is imported once, so that a drill of many kills does not spend its time on that.
"""

import os
import signal
import sys

import app


def main() -> None:
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # the killed are not waited for
    for _ in sys.stdin:
        if child := os.fork():
            print(child, flush=True)
            continue
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
        app.main()
        os._exit(0)


if __name__ == "__main__":
    main()
