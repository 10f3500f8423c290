#!/usr/bin/env python3
"""Opens keep-alive connections, gets one answer on each, and keeps them all open and idle.

Usage: idle_connections.py PORT PATH COUNT [CERTIFICATE]

With a certificate, over TLS, and that certificate is the only one that is trusted. Prints "idle COUNT" when all are, and closes them when its standard input ends.
"""
import socket
import ssl
import sys


def answered(connection, request):
    """Sends the request and reads the answer to the end that its Content-Length gives."""
    connection.sendall(request)
    answer = b""
    while b"\r\n\r\n" not in answer:
        answer += received(connection)
    head, _, body = answer.partition(b"\r\n\r\n")
    status, *fields = head.decode("latin-1").split("\r\n")
    if status.split(" ")[1] != "200":
        sys.exit(f"answered {status}")
    length = next(int(field.split(":")[1]) for field in fields if field.lower().startswith("content-length:"))
    while len(body) < length:
        body += received(connection)


def received(connection):
    got = connection.recv(65536)
    if not got:
        sys.exit("a connection was closed instead of kept")
    return got


def tls_context(certificate):
    """One for all: each of its own would need more memory than the connections."""
    context = ssl.create_default_context(cafile=certificate)
    context.set_alpn_protocols(["http/1.1"])
    return context


def main(port, path, count, certificate=None):
    context = tls_context(certificate) if certificate else None
    request = f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nUser-Agent: idle\r\nAccept: */*\r\n\r\n".encode()
    connections = []
    for _ in range(count):
        connection = socket.create_connection(("127.0.0.1", port), timeout=20)
        if context:
            connection = context.wrap_socket(connection, server_hostname="127.0.0.1")
        answered(connection, request)
        connections.append(connection)
    print("idle", len(connections), flush=True)
    sys.stdin.read()


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2], int(sys.argv[3]), *sys.argv[4:])
