# shellcheck shell=bash
# What the measuring scripts share: sourced, not run. A script starts its servers (peers.sh has a function for each), compares
# them (`compare`), and prints a report in Markdown (`report`). All of them stay up to the end, each takes its turn in every
# round, and only one is under load at a time; so whatever else the machine does falls on all of them alike.
#
# Settings, from the environment:
#   SERVER_CORE=0 LOAD_CORE=1   processors of the servers and of the load generator
#   ROUNDS=7                    turns of each server
#   SECONDS_EACH=5              length of a turn
#   WARM_UP=10                  seconds of load before the first turn, which a JIT compiler needs; others have two
set -euo pipefail

export LOOMGATE_AOT=off # what `mvn package` has learnt of some requests is no measure; startup.sh is for that

perf=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
root=$(dirname "$perf")
: "${SERVER_CORE:=0}" "${LOAD_CORE:=1}" "${ROUNDS:=7}" "${SECONDS_EACH:=5}" "${WARM_UP:=10}"

work=$(mktemp -d "${TMPDIR:-/tmp}/loomgate-perf.XXXXXX")
chmod 755 "$work" # workers that gave up root read it
runs=$work/runs.tsv
commands=$work/commands
touch "$runs" "$commands"

declare -A url=()     # by server: where it answers, without the path
declare -A pid=()     # by server: its process, which leads a session of its own
declare -A version=() # by program: what it says of itself

say() {
    echo "$*" >&2
}

die() {
    say "$(basename "$0"): $*"
    exit 1
}

# need PROGRAM DEBIAN-PACKAGE
need() {
    PATH=$PATH:/usr/sbin:/sbin command -v "$1" > /dev/null || die "program $1 is missing; apt-get install $2"
}

clean_up() {
    local server
    for server in "${!pid[@]}"; do
        stop "$server"
    done
    rm -rf "$work"
}
trap clean_up EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

free_port() {
    python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'
}

# start SERVER PORT PATH COMMAND...: runs a server on its processor until the script ends, and waits until it answers for PATH
start() {
    local server=$1 port=$2 path=$3
    shift 3
    url[$server]=${scheme:-http}://127.0.0.1:$port
    launch "$server" "$@"
    local i
    for ((i = 0; i < 300; i++)); do
        if curl -s -o /dev/null --max-time 2 "${url[$server]}$path"; then
            return
        fi
        kill -0 "${pid[$server]}" 2> /dev/null || break
        sleep 0.1
    done
    cat "$work/$server.log" >&2
    die "$server does not answer at ${url[$server]}$path"
}

# launch NAME COMMAND...: as start, for a helper that does not speak HTTP
launch() {
    local name=$1
    shift
    note "$name" taskset -c "$SERVER_CORE" "$@"
    setsid taskset -c "$SERVER_CORE" "$@" > "$work/$name.log" 2>&1 < /dev/null &
    pid[$name]=$!
}

# stop SERVER: ends it and all that it started
stop() {
    local leader=${pid[$1]} i
    unset "pid[$1]"
    kill -TERM -- "-$leader" 2> /dev/null || return 0
    for ((i = 0; i < 100; i++)); do
        kill -0 -- "-$leader" 2> /dev/null || return 0
        sleep 0.1
        wait "$leader" 2> /dev/null || : # reaps it, if it has ended
    done &
    wait $!
    kill -KILL -- "-$leader" 2> /dev/null || :
}

# note NAME COMMAND...: keeps a command for the report, once, with the directories that differ from run to run named
note() {
    local name=$1
    shift
    local line="$*"
    line=${line//$work/\$work}
    line=${line//$root\//}
    line=${line//$root/.}
    [ -z "${url[$name]:-}" ] || line=${line// ${url[$name]##*:}/ PORT}
    grep -qxF -- "$name: $line" "$commands" || echo "$name: $line" >> "$commands"
}

# expect SERVER PATH FILE: a figure counts only if the answer is right
expect() {
    curl -s --max-time 20 "${url[$1]}$2" | cmp -s - "$3" \
        || die "$1 answers $2 with '$(curl -s --max-time 20 "${url[$1]}$2" | head -c 200)', not with the bytes of $3"
}

# ticks SERVER: clock ticks since the start of the machine, in one line: of the server's processor all and the busy ones, of the
# load generator's the same, and of the server's own processes
ticks() {
    local core
    for core in "$SERVER_CORE" "$LOAD_CORE"; do
        awk -v cpu="cpu$core" '$1 == cpu { idle = $5 + $6; busy = $2 + $3 + $4 + $7 + $8 + $9
            printf "%d %d ", idle + busy, busy }' /proc/stat
    done
    # children that were waited for are in their parent's figures; cat fails over processes that end meanwhile. A server's
    # processes are those of its session and their descendants, which may have sessions of their own
    { cat /proc/[0-9]*/stat 2> /dev/null || :; } | awk -v session="${pid[$1]}" '
        { id = $1; sub(/^.*\) /, ""); parent[id] = $2; time[id] = $12 + $13 + $14 + $15; if ($4 == session) own[id] = 1 }
        END {
            for (id in time) {
                for (one = id; one > 1 && !(one in own); one = parent[one]) { }
                if (one > 1) sum += time[id]
            }
            print sum + 0
        }'
}

# load SERVER PATH CONNECTIONS SECONDS: runs wrk, or h2load with as many requests at once on a connection as STREAMS says, and prints requests/s, p50 and p99 in ms, and errors; then, in per cent of a
# processor, how busy the server's was, how busy the load generator's was (the one at 100 is the one that was measured), and
# how much of the two went to processes that had no part in this; last, the server's own processor time for a request in µs
load() {
    local server=$1 path=$2 connections=$3 seconds=$4 before after wrk_seconds requests figures TIMEFORMAT='%U %S'
    local -a command=(taskset -c "$LOAD_CORE" wrk -t1 "-c$connections" "-d${seconds}s" --timeout "${WRK_TIMEOUT:-2s}"
        -s "$perf/wrk.lua")
    local tool=wrk
    if [ -n "${STREAMS:-}" ]; then
        tool=h2load
        rm -f "$work/h2load.log"
        command=(taskset -c "$LOAD_CORE" h2load -t1 "-c$connections" "-m$STREAMS" "-D$seconds" "--log-file=$work/h2load.log")
    fi
    note "$tool" "${command[@]/#-d*/-d${SECONDS_EACH}s}" "${scheme:-http}://SERVER$path"
    before=$(ticks "$server")
    wrk_seconds=$({ time "${command[@]}" "${url[$server]}$path" > "$work/wrk.out" 2>&1; } 2>&1)
    after=$(ticks "$server")
    if [ -n "${STREAMS:-}" ]; then
        h2load_figures
    fi
    read -r requests figures <<< "$(sed -n 's/^figures //p' "$work/wrk.out")"
    [ -n "$figures" ] || die "$tool failed against $server: $(cat "$work/wrk.out")"
    echo "$figures $(echo "$before $after $wrk_seconds" | awk -v hertz="$(getconf CLK_TCK)" -v requests="$requests" '{
        total = $6 - $1; server = $7 - $2; load = $9 - $4; own = $10 - $5; wrk = ($11 + $12) * hertz
        printf "%.0f %.0f %.0f %.1f", 100 * server / total, 100 * load / total, 100 * (server - own + load - wrk) / total,
            own / hertz * 1e6 / (requests + 1e-9)
    }')"
}

# h2load_figures: adds to what h2load has printed a line as that of wrk.lua; its log has the microseconds of each request
h2load_figures() {
    local requests rate errors p50 p99
    requests=$(sed -n 's/^requests: .* \([0-9]*\) succeeded,.*/\1/p' "$work/wrk.out")
    errors=$(sed -n 's/^requests: .* \([0-9]*\) failed, .*/\1/p' "$work/wrk.out")
    rate=$(sed -n 's/^finished in .*s, \([0-9.]*\) req.*/\1/p' "$work/wrk.out")
    [ -n "$requests" ] && [ -n "$rate" ] || return 0
    read -r p50 p99 <<< "$(cut -f3 "$work/h2load.log" | sort -n | awk '{ all[NR] = $1 }
        END { printf "%.2f %.2f", all[int(NR / 2) + 1] / 1000, all[int(NR * 0.99) + 1] / 1000 }')"
    echo "figures $requests ${rate%.*} $p50 $p99 $errors" >> "$work/wrk.out"
}

# calm SERVER: waits until it has done with what its clients have left behind, half a minute at most: the next server needs the
# processor
calm() {
    local before after i
    for ((i = 0; i < 60; i++)); do
        before=$(ticks "$1")
        sleep 0.5
        after=$(ticks "$1")
        [ $((${after##* } - ${before##* })) -ge 5 ] || return 0
    done
    say "$1 is still busy after half a minute"
}

# compare CASE PATH CONNECTIONS SERVER...: the turns; results go to $runs, a line each
compare() {
    local case=$1 path=$2 connections=$3 server round figures
    shift 3
    for server; do
        say "$case: warming up $server"
        case $server in
            nginx* | lighttpd* | apache*) load "$server" "$path" "$connections" 2 > /dev/null ;; # compiled already
            *) load "$server" "$path" "$connections" "$WARM_UP" > /dev/null ;;
        esac
    done
    for ((round = 1; round <= ROUNDS; round++)); do
        for server; do
            sleep 0.3
            figures=$(load "$server" "$path" "$connections" "$SECONDS_EACH")
            say "$case: round $round, $server: $figures"
            echo "$case $server $round $figures" | tr ' ' '\t' >> "$runs"
        done
    done
}

# report TITLE [ARGUMENT...]: the tables, and what is needed to get the same again. The arguments are those of table.py.
report() {
    local title=$1
    shift
    echo "### $title"
    echo
    python3 "$perf/table.py" "$runs" "$@"
    echo
    echo "$ROUNDS rounds of $SECONDS_EACH s each."
    echo
    surroundings
}

# surroundings: where and with what it was measured
surroundings() {
    local name
    machine
    echo
    for name in "${!version[@]}"; do
        echo "- $name: ${version[$name]}"
    done | sort
    echo
    echo '```'
    cat "$commands"
    echo '```'
}

machine() {
    echo "$(sed -n 's/^model name[[:space:]]*: //p' /proc/cpuinfo | head -1)," \
        "$(nproc --all) processors, $(awk '/MemTotal/ { printf "%.0f GB", $2 / 1048576 }' /proc/meminfo)," \
        "Linux $(uname -r); servers on processor $SERVER_CORE, load on $LOAD_CORE;" \
        "load average before: $load_before; $(date -u +%Y-%m-%d)," \
        "commit $(git -C "$root" rev-parse --short HEAD 2> /dev/null || echo unknown)."
}

need wrk wrk
need curl curl
need taskset util-linux
need python3 python3
load_before=$(cut -d' ' -f1 /proc/loadavg)
version[wrk]=$(wrk -v 2>&1 | head -1 | cut -d' ' -f2) || :
