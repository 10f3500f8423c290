#!/usr/bin/env python3
"""Usage: name_server.py PORT SECONDS

A name server that answers each question after so many seconds: 127.0.0.7 for IPv4, no such record for the rest.
"""
import heapq
import select
import socket
import struct
import sys
import time


def answer(question):
    end = question.index(b"\0", 12) + 5
    four = question[end - 4:end - 2] == b"\0\1"
    header = question[:2] + struct.pack("!HHHHH", 0x8180, 1, 1 if four else 0, 0, 0)
    record = b"\xc0\x0c" + struct.pack("!HHIH4B", 1, 1, 60, 4, 127, 0, 0, 7)
    return header + question[12:end] + (record if four else b"")


def main(port, delay):
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as server:
        server.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4 << 20)
        server.bind(("127.0.0.1", port))
        waiting = []
        while True:
            left = max(0, waiting[0][0] - time.monotonic()) if waiting else None
            if select.select([server], [], [], left)[0]:
                question, asker = server.recvfrom(2048)
                heapq.heappush(waiting, (time.monotonic() + delay, asker, question))
            while waiting and waiting[0][0] <= time.monotonic():
                _, asker, question = heapq.heappop(waiting)
                server.sendto(answer(question), asker)


main(int(sys.argv[1]), float(sys.argv[2]))
