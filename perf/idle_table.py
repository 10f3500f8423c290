#!/usr/bin/env python3
"""Tables of idle.sh: memory of an idle connection, and what holds it.

Usage: idle_table.py [--half] DIRECTORY CONNECTIONS SERVER...

The bar is 4 KB of heap for the first of the servers; with --half, half of what the second needs.

DIRECTORY/rows has a line for each round: server, live heap and resident bytes without connections, the same with them.
DIRECTORY/SERVER.before and .after are the class histograms of the last round.
"""
import re
import statistics
import sys


def histogram(path):
    """Bytes by class."""
    with open(path, encoding="utf-8") as lines:
        found = (re.match(r"\s*\d+:\s+(\d+)\s+(\d+)\s+(\S+)", line) for line in lines)
        return {row[3]: int(row[2]) for row in found if row}


def main(directory, connections, servers, half):
    rounds = {server: [] for server in servers}
    with open(f"{directory}/rows", encoding="utf-8") as rows:
        for row in rows:
            server, heap, resident, heap_after, resident_after = row.split()
            rounds[server].append(((int(heap_after) - int(heap)) / connections,
                                   (int(resident_after) - int(resident)) / connections))

    print("| server | heap bytes each | resident bytes each | heap bytes each, by round |")
    print("| --- | ---: | ---: | --- |")
    for server in servers:
        heap, resident = zip(*rounds[server])
        print(f"| {server} | {statistics.median(heap):,.0f} | {statistics.median(resident):,.0f} "
              f"| {', '.join(f'{each:,.0f}' for each in heap)} |")
    subject = servers[0]
    heap, *others = (statistics.median(each for each, _ in rounds[server]) for server in servers)
    most, what = (others[0] / 2, f" (half of {servers[1]})") if half else (4096, "")
    print(f"\nBar: {subject} at most {most:,.0f} bytes of heap{what}: {'met' if heap <= most else 'missed'}.\n")

    before, after = (histogram(f"{directory}/{subject}.{when}") for when in ("before", "after"))
    growth = sorted(((bytes_ - before.get(name, 0)) / connections, name) for name, bytes_ in after.items())
    print(f"What {subject} holds for each:\n\n| class | bytes |\n| --- | ---: |")
    for each, name in reversed(growth[-12:]):
        if each >= 8:
            print(f"| `{name}` | {each:,.0f} |")


if __name__ == "__main__":
    words = sys.argv[1:]
    with_half = words[0] == "--half"
    main(words[with_half], int(words[with_half + 1]), words[with_half + 2:], with_half)
