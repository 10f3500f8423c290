#!/usr/bin/env python3
"""Usage: lookups.py URL COUNT

Asks for /resolve COUNT times at once, each for another name, and for /hello one after another until all have been answered. Tells
in Markdown how long that took, and the latencies of /hello.
"""
import selectors
import socket
import sys
import threading
import time
from urllib.parse import urlsplit


def request(path):
    return f"GET {path} HTTP/1.1\r\nHost: h\r\n\r\n".encode()


def collect(connections, results):
    with selectors.DefaultSelector() as selector:
        for connection in connections:
            selector.register(connection, selectors.EVENT_READ, b"")
        while selector.get_map():
            for key, _ in selector.select():
                piece = key.fileobj.recv(4096)
                if piece and not (key.data + piece).endswith(b"127.0.0.7"):
                    selector.modify(key.fileobj, selectors.EVENT_READ, key.data + piece)
                    continue
                results.append(bool(piece))
                selector.unregister(key.fileobj)


def main(url, count):
    place = urlsplit(url)
    address = (place.hostname, place.port)
    probe = socket.create_connection(address)
    connections = [socket.create_connection(address) for _ in range(count)]
    begin = time.perf_counter()
    for number, connection in enumerate(connections):
        connection.sendall(request(f"/resolve?name=n{number}-{time.time_ns()}.example"))
    results = []
    collector = threading.Thread(target=collect, args=(connections, results))
    collector.start()
    latencies = []
    while collector.is_alive():
        at = time.perf_counter()
        probe.sendall(request("/hello"))
        answer = b""
        while not answer.endswith(b"World!"):
            answer += probe.recv(4096)
        latencies.append((time.perf_counter() - at) * 1000)
        time.sleep(0.002)
    took = time.perf_counter() - begin
    latencies.sort()
    p50, p99 = (latencies[int(len(latencies) * part)] for part in (0.5, 0.99))
    print(f"{count} handlers at once that each look up another name: {sum(results)} answered well, all after {took:.2f} s. "
          f"Plaintext meanwhile, {len(latencies)} requests: p50 {p50:.1f} ms, p99 {p99:.1f} ms.")
    print()
    print(f"Bar: plaintext's p99 under 20 ms: {'met' if sum(results) == count and p99 < 20 else 'missed'}.")


main(sys.argv[1], int(sys.argv[2]))
