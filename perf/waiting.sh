#!/usr/bin/env bash
# 10,000 connections that each wait 100 ms for their answer, again and again: the same server and handler on virtual threads
# and on a pool of 200 platform threads. Requests of the pool that time out in the client (after 2 s) are counted as errors
# and shown, but its rate is used all the same: leaving it out would leave nothing to compare with.
. "$(dirname "$0")/env.sh"
. "$perf/peers.sh"

connections=${CONNECTIONS:-10000}
limit=$(ulimit -n)
if [ "$limit" != unlimited ] && [ "$connections" -gt $((limit - 500)) ]; then
    connections=$((limit - 500))
    say "only $connections connections: the limit of descriptors (ulimit -n) is $limit"
fi

printf 'Hello, World!' > "$work/hello"
handler_classes
routes="routes:
  - path: /wait
    handler: java
    class: Hello
    class-path: [$classes]
    settings: { wait: 100 }"
loomgate virtual /wait "$routes"
loomgate platform-200 /wait "threads: { model: platform, pool: 200 }
$routes"
tomcat tomcat /wait
for server in virtual platform-200 tomcat; do
    expect "$server" /wait "$work/hello"
done

compare waiting /wait "$connections" virtual platform-200 tomcat
report "$connections connections, each waiting 100 ms" 'waiting:virtual/platform-200>=10' \
    errors-allowed:waiting/platform-200
