#!/usr/bin/env bash
# Requests a second for a short text over kept connections: Loomgate (from the configuration, and from a Java handler) beside
# nginx and Tomcat with virtual threads.
. "$(dirname "$0")/env.sh"
. "$perf/peers.sh"

printf 'Hello, World!' > "$work/hello"
handler_classes
loomgate loomgate /plaintext "routes:
  - path: /plaintext
    handler: respond
    body: Hello, World!
    content-type: text/plain
  - path: /handler
    handler: java
    class: Hello
    class-path: [$classes]"
nginx_server nginx /plaintext '
        location = /plaintext { default_type text/plain; return 200 "Hello, World!"; }'
tomcat tomcat /plaintext

for server in loomgate nginx tomcat; do
    expect "$server" /plaintext "$work/hello"
done
for server in loomgate tomcat; do
    expect "$server" /handler "$work/hello"
done

compare plaintext /plaintext "${CONNECTIONS:-64}" loomgate nginx tomcat
compare handler /handler "${CONNECTIONS:-64}" loomgate tomcat
report "Plaintext" 'plaintext:loomgate/nginx>=0.9' 'plaintext:loomgate/tomcat>=2' \
    'handler:loomgate/tomcat>=2'
