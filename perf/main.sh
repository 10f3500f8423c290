#!/usr/bin/env bash
# A Java CGI program with a main method: run within the server (handler: main, fresh static fields for each request), the same
# ported to a Handler, and the same started as a process for each request, as any other server does it. Then 10,000 connections
# whose program waits 100 ms each time.
. "$(dirname "$0")/env.sh"
. "$perf/peers.sh"

java=$(java_home)/bin
mkdir "$work/program" "$work/cgi"
"$java/javac" -d "$work/program" "$perf/programs/HelloMain.java"
"$java/jar" --create --file "$work/hello.jar" --main-class HelloMain -C "$work/program" .
cat > "$work/cgi/hello" << END
#!/bin/sh
exec "$java/java" -XX:TieredStopAtLevel=1 -XX:+UseSerialGC -Xshare:auto -cp "$work/program" HelloMain
END
chmod 755 "$work/cgi/hello"
handler_classes
printf 'Hello, World!' > "$work/hello"

loomgate main /hello "routes:
  - path: /hello
    handler: main
    jar: $work/hello.jar"
loomgate ported /hello "routes:
  - path: /hello
    handler: java
    class: Hello
    class-path: [$classes]"
loomgate exec /hello "routes:
  - path: /hello
    handler: cgi
    script: $work/cgi/hello
    queue-timeout: 60s"
for server in main ported exec; do
    expect "$server" /hello "$work/hello"
done

WRK_TIMEOUT=20s compare hello /hello "${CONNECTIONS:-64}" main ported
WRK_TIMEOUT=20s compare against-exec /hello 8 main exec
compare waiting '/hello?100' "${WAITING:-10000}" main
report "A Java CGI program in the server" 'against-exec:main/exec>=20' 'hello:main/ported>=0.3'
