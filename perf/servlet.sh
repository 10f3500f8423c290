#!/usr/bin/env bash
# A servlet in Loomgate beside the same servlet in Tomcat: a short text over kept connections, and 10,000 connections that each
# wait 100 ms for their answer, again and again. Tomcat with virtual threads, and in the second with its 200 threads too; both may
# have time-outs, which are counted as in waiting.sh. It takes seconds until so many are connected, so these turns are longer:
# SECONDS_WAITING=8.
. "$(dirname "$0")/env.sh"
. "$perf/peers.sh"

connections=${WAITING:-10000}
: "${SECONDS_WAITING:=8}"
limit=$(ulimit -n)
if [ "$limit" != unlimited ] && [ "$connections" -gt $((limit - 500)) ]; then
    connections=$((limit - 500))
    say "only $connections connections: the limit of descriptors (ulimit -n) is $limit"
fi

printf 'Hello, World!' > "$work/hello"
servlet_classes
loomgate loomgate /hello/ "routes:
  - path: /hello/**
    handler: servlet
    class: HelloServlet
    class-path: [$servlets]
  - path: /wait/**
    handler: servlet
    class: HelloServlet
    class-path: [$servlets]
    settings: { wait: 100 }"
tomcat tomcat /wait
tomcat tomcat-200 /wait platform
expect loomgate /hello/ "$work/hello"
expect loomgate /wait/ "$work/hello"
for server in tomcat tomcat-200; do
    expect "$server" /plaintext "$work/hello"
    expect "$server" /wait "$work/hello"
done

# as `compare`, with a path for each: CASE CONNECTIONS SERVER PATH...
turns() {
    local case=$1 connections=$2 round
    shift 2
    for ((round = 0; round <= ROUNDS; round++)); do
        local -a pairs=("$@")
        while [ "${#pairs[@]}" -gt 0 ]; do
            if [ "$round" -eq 0 ]; then
                say "$case: warming up ${pairs[0]}"
                load "${pairs[0]}" "${pairs[1]}" "$connections" "$WARM_UP" > /dev/null
            else
                figures=$(load "${pairs[0]}" "${pairs[1]}" "$connections" "$SECONDS_EACH")
                say "$case: round $round, ${pairs[0]}: $figures"
                echo "$case ${pairs[0]} $round $figures" | tr ' ' '\t' >> "$runs"
            fi
            calm "${pairs[0]}"
            pairs=("${pairs[@]:2}")
        done
    done
}

turns hello "${CONNECTIONS:-64}" loomgate /hello/ tomcat /plaintext
SECONDS_EACH=$SECONDS_WAITING turns waiting "$connections" loomgate /wait/ tomcat /wait tomcat-200 /wait
report "A servlet: hello over ${CONNECTIONS:-64} connections; $connections connections that wait 100 ms" \
    'hello:loomgate/tomcat>=1' 'waiting:loomgate/tomcat>=1' 'waiting:loomgate/tomcat-200>=10' \
    errors-allowed:waiting/tomcat errors-allowed:waiting/tomcat-200
