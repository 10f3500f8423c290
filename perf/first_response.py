#!/usr/bin/env python3
"""Measures the time from the start of a command to the first answer of the server that it is.

Usage: first_response.py PORT PATH COMMAND...

Prints milliseconds. The server is then ended with SIGTERM.
"""
import os
import signal
import socket
import subprocess
import sys
import time

PATIENCE = 30


def answer(port, path):
    """The first line of the answer, or None while nobody listens."""
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=PATIENCE) as connection:
            connection.sendall(f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n".encode())
            return connection.makefile("rb").readline()
    except ConnectionRefusedError:
        return None


def main(port, path, command):
    began = time.monotonic()
    # a session of its own, so that all of it can be ended
    server = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, start_new_session=True)
    try:
        line = answer(port, path)
        while line is None:
            if server.poll() is not None or time.monotonic() - began > PATIENCE:
                sys.exit(f"no answer from {command}")
            time.sleep(0.001)
            line = answer(port, path)
        took = time.monotonic() - began
        if b" 200 " not in line:
            sys.exit(f"answered {line}")
        print(f"{took * 1000:.0f}")
    finally:
        try:
            os.killpg(server.pid, signal.SIGTERM)
            server.wait(PATIENCE)
        except ProcessLookupError:
            pass


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2], sys.argv[3:])
