#!/bin/sh
# Starts the Java program pets.PetCgi. A CGI script gets hardly any environment: it finds its Java by itself.
directory=$(cd "$(dirname "$0")/.." && pwd) || exit 1

# prints the major version of a Java home; its file "release" says it, without starting a JVM
version() {
    sed -n 's/^JAVA_VERSION="\([0-9]*\).*/\1/p' "$1/release" 2>/dev/null
}

for home in "$JAVA_HOME" /usr/lib/jvm/* /usr/java/* /opt/java/* /opt/jdk* "$HOME"/.sdkman/candidates/java/current; do
    [ -x "$home/bin/java" ] || continue
    found=$(version "$home")
    if [ "${found:-0}" -ge "${newest:-21}" ]; then
        newest=$found
        java=$home/bin/java
    fi
done
if [ -z "$java" ]; then
    # perhaps the java in the path is new enough: if not, it says so itself
    PATH=$PATH:/usr/local/bin:/usr/bin:/bin
    java=$(command -v java) || {
        printf 'Status: 500 Internal Server Error\r\nContent-Type: text/plain\r\n\r\nNo Java 21 or later is installed.\n'
        echo "pet-java.cgi: no Java 21 or later in JAVA_HOME, /usr/lib/jvm, /usr/java, /opt or PATH" >&2
        exit 0
    }
fi

# file names and the environment are UTF-8, whatever the server was started with
LC_ALL=C.UTF-8
export LC_ALL
# for a JVM that lives for one request: no optimising compiler, no parallel collector
exec "$java" -XX:TieredStopAtLevel=1 -XX:+UseSerialGC -Xshare:auto -Xmx64m \
    -Dpets.data="$directory/data" -cp "$directory/java/classes" pets.PetCgi
