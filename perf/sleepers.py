#!/usr/bin/env python3
"""Usage: sleepers.py URL COUNT

Asks for /cgi/sleep.pl, which sleeps a second, COUNT times at once, and for /plaintext one after another until all have been
answered. Tells in Markdown how long that took, and the plaintext's latencies.
"""
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


def main(url, count):
    place = urlsplit(url)
    address = (place.hostname, place.port)
    connections = [socket.create_connection(address) for _ in range(count)]
    probe = ask(address, "/plaintext")
    ask(address, "/cgi/sleep.pl")
    threads = [threading.Thread(target=ask, args=(address, "/cgi/sleep.pl", connection)) for connection in connections]
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


main(sys.argv[1], int(sys.argv[2]))
