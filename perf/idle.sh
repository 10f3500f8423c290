#!/usr/bin/env bash
# Heap bytes that an idle keep-alive connection holds: the live heap (jcmd GC.class_histogram, which collects garbage first)
# with 10,000 of them, each after one request, less the live heap without. Tomcat with virtual threads for comparison.
#
#   idle.sh tls    the same over TLS 1.3, beside Helidon with its own listener and its defaults
: "${ROUNDS:=3}" "${WARM_UP:=10}" "${SECONDS_EACH:=$WARM_UP}"
. "$(dirname "$0")/env.sh"
. "$perf/peers.sh"

mode=${1:-plain}
case $mode in
plain | tls) ;;
*) die "unknown argument '$mode'; the only one there is, is tls" ;;
esac
certificate= # that clients trust, if they are to come over TLS
connections=${CONNECTIONS:-10000}
limit=$(ulimit -n)
if [ "$limit" != unlimited ] && [ "$connections" -gt $((limit - 500)) ]; then
    connections=$((limit - 500))
    say "only $connections connections: the limit of descriptors (ulimit -n) is $limit"
fi

jcmd() {
    "$(java_home)/bin/jcmd" "$@"
}

# live_heap SERVER WHEN: bytes of the live heap; what they are goes to the file SERVER.WHEN
live_heap() {
    note "$1" jcmd PID GC.class_histogram
    jcmd "${pid[$1]}" GC.class_histogram > "$work/$1.$2"
    awk '$1 == "Total" { print $3 }' "$work/$1.$2"
}

# Resident memory of a server, in bytes
resident() {
    awk '$1 == "VmRSS:" { print $2 * 1024 }' "/proc/${pid[$1]}/status"
}

# with_connections SERVER COUNT COMMAND...: runs a command while that many idle connections are open
with_connections() {
    local server=$1 count=$2 line
    shift 2
    coproc client { exec python3 "$perf/idle_connections.py" "${url[$server]##*:}" /plaintext "$count" ${certificate:+"$certificate"}; }
    local process=$client_PID
    read -r line <&"${client[0]}" || die "no $count idle connections to $server"
    [ "$line" = "idle $count" ] || die "$line"
    "$@"
    exec {client[1]}>&-
    wait "$process"
}

# figures SERVER WHEN: heap and resident memory
figures() {
    echo "$(live_heap "$1" "$2") $(resident "$1")"
}

# measure SERVER COMMAND...: a row of the table for each round. The command starts the server, anew for each round: what one
# keeps for later connections of those that are closed must not hide what the connections of the next round need.
measure() {
    local server=$1 round before after
    shift
    for ((round = 1; round <= ROUNDS; round++)); do
        "$@"
        # a server that has served for a while: the parked stack of compiled code is smaller than that of interpreted code
        load "$server" /plaintext 64 "$WARM_UP" > /dev/null
        with_connections "$server" 200 true
        settled "$server"
        before=$(figures "$server" before)
        after=$(with_connections "$server" "$connections" figures "$server" after)
        echo "$server $before $after" >> "$work/rows"
        say "$server, round $round: $before -> $after"
        stop "$server"
    done
}

# settled SERVER: waits until the server has seen the end of all connections
settled() {
    local i
    for ((i = 0; i < 100; i++)); do
        [ "$(ss -Htn "sport = :${url[$1]##*:}" | wc -l)" -gt 0 ] || return 0
        sleep 0.1
    done
    die "$1 still has connections that the client has closed"
}

need ss iproute2
version[java]=$("$(java_home)/bin/java" -version 2>&1 | sed -n 3p)
routes="routes:
  - path: /plaintext
    handler: respond
    body: Hello, World!"
if [ "$mode" = tls ]; then
    need openssl openssl
    # what a certificate of an authority of today has: a key on P-256
    openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout "$work/key.pem" -out "$work/cert.pem" -days 2 \
        -subj /CN=127.0.0.1 -addext subjectAltName=IP:127.0.0.1 2> "$work/openssl.log" || die "$(cat "$work/openssl.log")"
    openssl pkcs12 -export -inkey "$work/key.pem" -in "$work/cert.pem" -name 1 -passout pass:changeit -out "$work/keys.p12"
    certificate=$work/cert.pem
    export CURL_CA_BUNDLE=$certificate
    scheme=https
    loomgate_tls="{certificate: $work/cert.pem, key: $work/key.pem}"
    peer=helidon title="Memory of an idle TLS connection"
    measure loomgate loomgate loomgate /plaintext "$routes"
    measure helidon helidon helidon /plaintext "$work/keys.p12" changeit
else
    peer=tomcat title="Memory of an idle connection"
    measure loomgate loomgate loomgate /plaintext "$routes"
    measure tomcat tomcat tomcat /plaintext
fi

echo "### $title"
echo
echo "$connections connections, each after one request; medians of $ROUNDS rounds."
echo
if [ "$mode" = tls ]; then
    python3 "$perf/idle_table.py" --half "$work" "$connections" loomgate "$peer"
else
    python3 "$perf/idle_table.py" "$work" "$connections" loomgate "$peer"
fi
echo
surroundings
