#!/usr/bin/env bash
# 10,000 connections that each wait 100 ms for their answer, again and again: the same server and handler on virtual threads
# and on a pool of 200 platform threads. Requests of the pool that time out in the client (after 2 s) are counted as errors
# and shown, but its rate is used all the same: leaving it out would leave nothing to compare with. wrk counts a time-out only
# when the answer comes at last; so clients whose request nobody reads are counted as well, by the server's sockets.
. "$(dirname "$0")/env.sh"
. "$perf/peers.sh"

connections=${CONNECTIONS:-10000}
limit=$(ulimit -n)
if [ "$limit" != unlimited ] && [ "$connections" -gt $((limit - 500)) ]; then
    connections=$((limit - 500))
    say "only $connections connections: the limit of descriptors (ulimit -n) is $limit"
fi

declare -A starved=()
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
# Clients whose request lies unread in a socket of the server, with the bytes that they have sent so far
unread() {
    ss -HtniO state established "sport = :${url[$1]##*:}" \
        | awk '$1 > 0 && match($0, /bytes_received:[0-9]+/) { print $4, substr($0, RSTART, RLENGTH) }' | sort
}

need ss iproute2
for server in virtual platform-200 tomcat; do
    load "$server" /wait "$connections" 7 > "$work/figures" &
    sleep 3
    unread "$server" > "$work/unread"
    sleep 2.5
    starved[$server]=$(unread "$server" | comm -12 - "$work/unread" | wc -l)
    wait $!
done

report "$connections connections, each waiting 100 ms" 'waiting:virtual/platform-200>=10' \
    errors-allowed:waiting/platform-200

echo
echo "Clients from whom nothing was read for 2.5 s: ${starved[virtual]} (virtual), ${starved[platform-200]} (platform-200)," \
    "${starved[tomcat]} (tomcat)."
