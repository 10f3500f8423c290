#!/usr/bin/python3
"""The handler of the comparison as a CGI script, for the models with processes: what dev.loomgate.perf.work.Work does in Java."""
import hashlib
import json
import os
import sys
import time

HELLO = b"Hello, World!"


def digest(times):
    value = bytearray(1024)
    for _ in range(times):
        value[:32] = hashlib.sha256(value).digest()
    return value[:16].hex().encode()


def answer(name, number):
    if name == "plaintext":
        return "text/plain", HELLO
    if name == "json":
        return "application/json", json.dumps({"message": HELLO.decode()}, separators=(",", ":")).encode()
    if name == "wait":
        time.sleep(number / 1000)
        return "text/plain", HELLO
    if name == "bytes":
        return "application/octet-stream", bytes(number)
    if name == "cpu":
        return "text/plain", digest(number)
    return None


path = os.environ.get("PATH_INFO", "").split("/")
found = answer(path[1] if len(path) > 1 else "", int(path[2]) if len(path) > 2 else 0)
if found is None:
    sys.stdout.write("Status: 404 Not Found\r\nContent-Type: text/plain\r\n\r\nnot found")
else:
    media_type, body = found
    sys.stdout.write(f"Content-Type: {media_type}\r\nContent-Length: {len(body)}\r\n\r\n")
    sys.stdout.flush()
    sys.stdout.buffer.write(body)
