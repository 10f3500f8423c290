#!/usr/bin/env bash
# What it costs to be seen: requests with a line in the access log beside requests of the same server without one
# (log.access.except), so that both are run by the same compiled code; and a server whose requests are counted for an admin
# listener beside one that has none. A short text over kept connections: whatever is done for a request weighs most there.
# The log is written to a file of the temporary directory, which TMPDIR moves.
: "${ROUNDS:=10}" "${SECONDS_EACH:=3}" "${WARM_UP:=20}"
. "$(dirname "$0")/env.sh"
. "$perf/peers.sh"

printf 'Hello, World!' > "$work/hello"
route() {
    printf '  - {path: %s, handler: respond, body: "Hello, World!", content-type: text/plain}\n' "$1"
}
admin="admin: {port: 0}
"
# logged NAME FORMAT: a server, and NAME-unlogged, which is the same one by another path
logged() {
    loomgate "$1" /plaintext "${admin}log: {access: {file: $work/$1.log-of-requests, format: $2, except: [/unlogged/plaintext]}}
routes:
$(route /plaintext)
$(route /unlogged/plaintext)"
    url[$1-unlogged]=${url[$1]}/unlogged
    pid[$1-unlogged]=${pid[$1]}
}

loomgate neither /plaintext "routes:
$(route /plaintext)"
loomgate metrics /plaintext "${admin}routes:
$(route /plaintext)"
logged combined combined
logged json json
servers="combined combined-unlogged json json-unlogged metrics neither"
for server in $servers; do
    expect "$server" /plaintext "$work/hello"
done

compare observe /plaintext "${CONNECTIONS:-64}" $servers
report "Cost of metrics and of the access log" 'observe:combined/combined-unlogged>=0.95' 'observe:json/json-unlogged>=0.95' \
    'observe:metrics/neither>=0.95'
