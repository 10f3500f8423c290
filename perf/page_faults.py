#!/usr/bin/env python3
"""Tells in Markdown what a page fault costs here: of a page that a child shares with its parent, when it writes to it."""
import mmap
import os
import time

PAGES = 2000
SIZE = 4096

memory = mmap.mmap(-1, PAGES * SIZE, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)
if hasattr(memory, "madvise") and hasattr(mmap, "MADV_NOHUGEPAGE"):
    memory.madvise(mmap.MADV_NOHUGEPAGE)


def touch(value):
    begin = time.process_time()
    for at in range(0, PAGES * SIZE, SIZE):
        memory[at] = value
    return (time.process_time() - begin) * 1e6 / PAGES


touch(1)
without = touch(2)
reader, writer = os.pipe()
if os.fork() == 0:
    os.write(writer, f"{touch(3) - without:.2f}".encode())
    os._exit(0)
os.wait()
print(f"A page fault of a forked child that writes to its memory: {float(os.read(reader, 100)):.1f} µs of processor time.")
