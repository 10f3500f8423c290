#!/usr/bin/env python3
"""Usage: sleepers.py URL COUNT [PATH [SPARE]]

Asks for PATH (/cgi/sleep.pl), which sleeps a second, COUNT times at once, and for /plaintext one after another until all have been
answered. Tells in Markdown how long that took, and the plaintext's latencies. With SPARE, waits before until the script that PATH
names has so many processes that were forked ahead, at most a minute.
"""
import os
import socket
import sys
import threading
import time
from urllib.parse import urlsplit


def ask(address, path, connection=None):
    connection = connection or socket.create_connection(address)
    connection.sendall(f"GET {path} HTTP/1.1\r\nHost: h\r\n\r\n".encode())
    answer = b""
    while not (b"slept" in answer and answer.endswith(b"\r\n") or answer.endswith((b"slept", b"World!"))):
        piece = connection.recv(4096)
        if not piece:
            raise EOFError(f"{path}: the answer ends after {answer!r}")
        answer += piece
    return connection


def processes(script):
    """Of the fork server that was started last for a script of this name, with itself."""
    sessions = {}
    for number in filter(str.isdigit, os.listdir("/proc")):
        try:
            with open(f"/proc/{number}/cmdline") as command, open(f"/proc/{number}/stat") as status:
                if command.read().rstrip("\0").endswith("/" + script):
                    fields = status.read().rpartition(")")[2].split()
                    sessions.setdefault(int(fields[3]), []).append(number)
        except OSError:
            pass
    return len(sessions[max(sessions)]) if sessions else 0


def wait_for(script, spare):
    end = time.monotonic() + 60
    while processes(script) <= spare:
        if time.monotonic() > end:
            raise TimeoutError(f"{processes(script)} processes of {script}, not more than {spare}")
        time.sleep(0.2)


def main(url, count, path="/cgi/sleep.pl", spare="0"):
    place = urlsplit(url)
    address = (place.hostname, place.port)
    connections = [socket.create_connection(address) for _ in range(count)]
    probe = ask(address, "/plaintext")
    ask(address, path)
    if int(spare):
        wait_for(os.path.basename(path), int(spare))
        time.sleep(0.5)
    threads = [threading.Thread(target=ask, args=(address, path, connection)) for connection in connections]
    begin = time.perf_counter()
    for thread in threads:
        thread.start()
    latencies = []
    while any(thread.is_alive() for thread in threads):
        at = time.perf_counter()
        ask(address, "/plaintext", probe)
        latencies.append((time.perf_counter() - at) * 1000)
        time.sleep(0.002)
    took = time.perf_counter() - begin
    latencies.sort()
    p50, p99 = (latencies[int(len(latencies) * part)] for part in (0.5, 0.99))
    print(f"{count} requests at once for a script that sleeps 1 s: all answered after {took:.2f} s. Plaintext meanwhile, "
          f"{len(latencies)} requests: p50 {p50:.1f} ms, p99 {p99:.1f} ms.")
    print()
    print(f"Bar: about 1.5 s, plaintext's p99 under 20 ms: {'met' if took <= 1.75 and p99 < 20 else 'missed'}.")


main(sys.argv[1], int(sys.argv[2]), *sys.argv[3:])
