#!/usr/bin/env bash
# Reverse proxy, requests a second: a short text from a fast server, by Loomgate and by nginx with keep-alive to it, in pairs; then
# 10,000 clients whose requests go over 100 connections to a server that takes 50 ms for each. 100 connections can carry 2,000
# requests a second then: the rate shows that they are all in use, and the errors that nobody is lost in the queue.
. "$(dirname "$0")/env.sh"
. "$perf/peers.sh"

clients=${CLIENTS:-10000}
limit=$(ulimit -n)
if [ "$limit" != unlimited ] && [ "$clients" -gt $((limit - 500)) ]; then
    clients=$((limit - 500))
    say "only $clients clients: the limit of descriptors (ulimit -n) is $limit"
fi

printf 'Hello, World!' > "$work/hello"
nginx_server backend /hello 'location /hello { return 200 "Hello, World!"; }'
handler_classes
loomgate slow /wait "routes:
  - path: /wait
    handler: java
    class: Hello
    class-path: [$classes]
    settings: { wait: 50 }"
fast=${url[backend]#http://}
slow=${url[slow]#http://}

loomgate loomgate /hello "upstreams:
  fast: {servers: [\"$fast\"]}
  slow: {servers: [\"$slow\"], max-connections: 100, max-waiting: 20000, wait-timeout: 60s}
routes:
  - {path: /hello, handler: proxy, upstream: fast}
  - {path: /wait, handler: proxy, upstream: slow}"
nginx_server nginx /hello '
    proxy_http_version 1.1;
    proxy_set_header Connection "";
    location /hello { proxy_pass http://fast; }' "upstream fast { server $fast; keepalive 64; keepalive_requests 1000000000; }"
for server in loomgate nginx; do
    expect "$server" /hello "$work/hello"
done
expect loomgate /wait "$work/hello"

compare proxy /hello "${CONNECTIONS:-64}" loomgate nginx
# long turns: to connect so many takes a while
WRK_TIMEOUT=60s SECONDS_EACH=15 ROUNDS=2 compare proxy-10000 /wait "$clients" loomgate
report "Reverse proxy with keep-alive to the server" 'proxy:loomgate/nginx>=0.7'
