#!/usr/bin/env python3
"""Turns the runs of the measuring scripts into Markdown tables.

Usage: table.py RUNS.tsv [ARGUMENT ...]

CASE:SUBJECT/PEER>=RATIO       a bar: tells whether it was met
errors-allowed:CASE/SERVER     the runs of this server count even with errors

A line of RUNS.tsv is: case, server, round, requests/s, p50 ms, p99 ms, errors, busy % of the server's processor, busy % of the
load generator's, % of a processor that strangers took of the two, and the server's own processor time for a request in µs.
A ratio is the median of the ratios within each round, not the ratio of the medians: what disturbed a round disturbed both. A
run with errors, or without an answer, is struck out and counts for nothing.
"""
import re
import statistics
import sys
from collections import namedtuple

Run = namedtuple("Run", "case server round rate p50 p99 errors server_busy load_busy strangers cost")


def read(path):
    with open(path, encoding="utf-8") as lines:
        for line in lines:
            case, server, round_, rate, p50, p99, errors, *busy, cost = line.rstrip("\n").split("\t")
            yield Run(case, server, int(round_), float(rate), float(p50), float(p99), int(errors), *map(int, busy), float(cost))


def median(values):
    values = list(values)
    return statistics.median(values) if values else None


def number(value, form="{:,.0f}"):
    return "-" if value is None else form.format(value)


def ratio(subject, peer):
    """Median over the rounds in which both ran without an error."""
    by_round = {run.round: run.rate for run in peer}
    return median(run.rate / by_round[run.round] for run in subject if by_round.get(run.round))


def main(path, arguments):
    bars = [a for a in arguments if ">=" in a]
    errors_allowed = {a.removeprefix("errors-allowed:") for a in arguments if a.startswith("errors-allowed:")}
    cases = {}
    for run in read(path):
        cases.setdefault(run.case, {}).setdefault(run.server, []).append(run)

    for case, servers in cases.items():
        good = {server: [run for run in runs
                         if run.rate > 0 and (run.errors == 0 or f"{case}/{server}" in errors_allowed)]
                for server, runs in servers.items()}
        subject = next(iter(servers))
        print(f"**{case}**\n")
        print(f"| server | requests/s, median | {subject} is times this | CPU µs each | p50 ms | p99 ms | busy: server, load, strangers "
              "| errors | each round |")
        print("| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: | --- |")
        for server, runs in servers.items():
            counted = good[server]
            rounds = ", ".join(f"{run.rate:,.0f}" if run in counted else f"~~{run.rate:,.0f}~~" for run in runs)
            times = "" if server == subject else number(ratio(good[subject], counted), "{:.2f}")
            print(f"| {server} | {number(median(r.rate for r in counted))} | {times} "
                  f"| {number(median(r.cost for r in counted), '{:.1f}')} "
                  f"| {number(median(r.p50 for r in counted), '{:.2f}')} "
                  f"| {number(median(r.p99 for r in counted), '{:.2f}')} "
                  f"| {number(median(r.server_busy for r in runs))} %, {number(median(r.load_busy for r in runs))} %, "
                  f"{number(median(r.strangers for r in runs))} % "
                  f"| {sum(run.errors for run in runs):,} | {rounds} |")
        print()
        for bar in bars:
            of_case, one, other, wanted = re.fullmatch(r"(.+):(.+)/(.+)>=([0-9.]+)", bar).groups()
            if of_case == case:
                got = ratio(good[one], good[other])
                verdict = "not measured" if got is None else "met" if got >= float(wanted) else "missed"
                print(f"Bar: {one} at least {wanted} times {other}: {number(got, '{:.2f}')}, {verdict}.\n")


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2:])
