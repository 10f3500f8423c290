#!/usr/bin/env bash
# Milliseconds from the start of bin/loomgate to its first answer, without and with the cache of bin/loomgate-aot, in turns.
# With the shipped configuration, and with a single route. Not bound to one processor: nor is a server that starts.
: "${ROUNDS:=10}"
. "$(dirname "$0")/env.sh"
. "$perf/peers.sh"
unset LOOMGATE_AOT

[ -x "$LOOMGATE_DIST/bin/loomgate" ] || die "$LOOMGATE_DIST is missing; run 'mvn package -DskipTests' first"
cp -a "$LOOMGATE_DIST" "$work/plain"
rm -f "$work/plain/lib/loomgate.aot"
cp -a "$work/plain" "$work/cached"
note training "$work/cached/bin/loomgate-aot"
"$work/cached/bin/loomgate-aot" > "$work/training.log" 2>&1 || die "bin/loomgate-aot failed: $(cat "$work/training.log")"

port=$(free_port)
printf 'listeners:\n  - port: %s\nroutes:\n  - path: /\n    handler: respond\n    body: Hello, World!\n' "$port" \
    > "$work/small.yaml"
# the shipped configuration, on a port that is free
for copy in plain cached; do
    sed "s/port: 8080/port: $port/; s/port: 9090/port: 0/" "$LOOMGATE_DIST/conf/loomgate.yaml" > "$work/$copy/conf/loomgate.yaml"
done
version[java]=$("$(java_home)/bin/java" -version 2>&1 | sed -n 3p)

for ((round = 0; round <= ROUNDS; round++)); do # the first fills the page cache and does not count
    for configuration in small shipped; do
        for copy in plain cached; do
            file=$work/small.yaml
            [ "$configuration" = small ] || file=$work/$copy/conf/loomgate.yaml
            command=("$work/$copy/bin/loomgate" serve -c "$file")
            note "$configuration" "${command[@]}"
            milliseconds=$(python3 "$perf/first_response.py" "$port" / "${command[@]}" 2> "$work/startup.log") \
                || die "$(cat "$work/startup.log")"
            [ "$round" -eq 0 ] || echo "$configuration $copy $milliseconds" >> "$work/rows"
        done
    done
    say "round $round"
done

echo "### From start to first response"
echo
echo "| configuration | cache | median ms | each |"
echo "| --- | --- | ---: | --- |"
for configuration in small shipped; do
    for copy in plain cached; do
        awk -v want="$configuration $copy" '$1 " " $2 == want { print $3 }' "$work/rows" > "$work/times"
        echo "| $configuration | $([ "$copy" = cached ] && echo yes || echo no) |" \
            "$(sort -n "$work/times" | awk '{ t[NR] = $1 } END { printf "%.0f", (t[int((NR + 1) / 2)] + t[int(NR / 2) + 1]) / 2 }')" \
            "| $(paste -sd, "$work/times" | sed 's/,/, /g') |"
    done
done
echo
echo "Bars: under 1,000 ms, with the cache under 500 ms."
echo
surroundings
