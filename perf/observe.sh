#!/usr/bin/env bash
# What it costs to be seen: the same server with an admin listener (so that every request is counted) and an access log beside one
# with neither, and with each of them alone. A short text over kept connections: whatever is done for a request weighs most there.
# The log is written to a file of the temporary directory, which TMPDIR moves.
: "${ROUNDS:=10}" "${SECONDS_EACH:=3}" "${WARM_UP:=8}"
. "$(dirname "$0")/env.sh"
. "$perf/peers.sh"

printf 'Hello, World!' > "$work/hello"
route="routes:
  - path: /plaintext
    handler: respond
    body: Hello, World!
    content-type: text/plain"
admin="admin: {port: 0}
"
log() {
    printf 'log: {access: {file: %s, format: %s}}\n' "$work/$1.log-of-requests" "$2"
}

loomgate neither /plaintext "$route"
loomgate metrics /plaintext "$admin$route"
loomgate log /plaintext "$(log log combined)
$route"
loomgate both /plaintext "$admin$(log both combined)
$route"
loomgate both-json /plaintext "$admin$(log both-json json)
$route"
for server in neither metrics log both both-json; do
    expect "$server" /plaintext "$work/hello"
done

compare observe /plaintext "${CONNECTIONS:-64}" both neither metrics log both-json
report "Cost of metrics and of the access log" 'observe:both/neither>=0.95' 'observe:metrics/neither>=0.97' \
    'observe:log/neither>=0.95'
