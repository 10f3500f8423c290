#!/usr/bin/env bash
# A slow name server: 1,000 handlers, each of which looks up another name by java.net.InetAddress and gets its answer after three
# seconds; meanwhile somebody else asks for a short text. As many carrier threads as there are processors would soon be held by
# look-ups if they did not park.
. "$(dirname "$0")/env.sh"
. "$perf/peers.sh"

count=${HANDLERS:-1000}
port=$(free_port)
launch name-server python3 "$perf/name_server.py" "$port" "${DELAY:-3}"
printf 'Hello, World!' > "$work/hello"
handler_classes
java_options="-Ddns.server=127.0.0.1:$port"
loomgate loomgate /hello "routes:
  - {path: /hello, handler: java, class: Hello, class-path: [$classes]}
  - {path: /resolve, handler: java, class: Resolve, class-path: [$classes]}"
expect loomgate /hello "$work/hello"

say "names: warming up"
load loomgate /hello 64 "$WARM_UP" > /dev/null
for ((i = 0; i < 3; i++)); do
    taskset -c "$LOAD_CORE" python3 "$perf/lookups.py" "${url[loomgate]}" "$count" > /dev/null
done
say "names: $count look-ups"
figures=$(taskset -c "$LOAD_CORE" python3 "$perf/lookups.py" "${url[loomgate]}" "$count")
echo "### Handlers that wait for a slow name server"
echo
echo "$figures"
echo
surroundings
