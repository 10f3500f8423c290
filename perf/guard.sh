#!/usr/bin/env bash
# What the guard costs: the same server with every limit on, for all and for the route, and none of them reached, beside one with
# as few limits as can be. A short text over kept connections: whatever is done for a request weighs most there.
: "${ROUNDS:=10}" "${SECONDS_EACH:=3}" "${WARM_UP:=8}"
. "$(dirname "$0")/env.sh"
. "$perf/peers.sh"

printf 'Hello, World!' > "$work/hello"
printf '192.0.2.0/24 # nobody\n' > "$work/denied"
denied=$(seq 1 200 | sed 's/.*/198.51.100.&/' | paste -sd, -)

# of everything as much as never comes here
every_limit="guard:
  max-connections: 10000
  when-full: refuse
  max-connections-per-address: 10000
  deny: [$denied]
  deny-files: $work/denied
  load: {stop-above: 100000}
  pressure: {cpu: {stop-above: 100}, memory: {stop-above: 100}, io: {stop-above: 100}}
  memory: {stop-above: 100}
  swap: {stop-above: 100}
  heap: {stop-above: 100}
  requests-per-second: {soft: 1000000, hard: 10000000}
  bytes-in-per-second: {soft: 10g, hard: 20g}
  bytes-out-per-second: {soft: 10g, hard: 20g}
  min-body-rate: 240
  keep-alive-probes: {idle: 60s, interval: 10s, count: 6}
  fair: true
  request-rate: {rate: 1000000, burst: 1000000}
  concurrent-requests: {limit: 100000, queue: 1000}
  request-timeout: 1h
"
route="routes:
  - path: /plaintext
    handler: respond
    body: Hello, World!
    content-type: text/plain"
limits_of_route="
    allow: [127.0.0.0/8]
    deny: [$denied]
    request-rate: {rate: 1000000, burst: 1000000}
    concurrent-requests: {adaptive: {min: 10000, max: 100000}, queue: 1000}
    request-timeout: 1h"

loomgate none /plaintext "guard: {max-connections: none, min-body-rate: 0}
$route"
loomgate every-limit /plaintext "$every_limit$route$limits_of_route"
for server in none every-limit; do
    expect "$server" /plaintext "$work/hello"
done

compare guard /plaintext "${CONNECTIONS:-64}" every-limit none
report "Cost of the guard" 'guard:every-limit/none>=0.95'
