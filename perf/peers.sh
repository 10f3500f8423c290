# shellcheck shell=bash disable=SC2154 # sourced after env.sh
# How each server is set up: as its own documentation recommends for speed, one worker, no access log, no limit on the requests
# of a connection. Each function starts one and waits until it answers for the path that is its first argument; what it serves
# is the rest.

# The distribution, the programs and the handler class that the scripts measure. `mvn package -DskipTests` first.
: "${LOOMGATE_DIST:=$root/target/loomgate}"

# loomgate NAME READY-PATH 'YAML of threads and routes': `java_options`, if set, are more options for the JVM
loomgate() {
    local name=$1 ready=$2 yaml=$3 port
    [ -x "$LOOMGATE_DIST/bin/loomgate" ] || die "$LOOMGATE_DIST is missing; run 'mvn package -DskipTests' first"
    port=$(free_port)
    printf 'listeners:\n  - host: 127.0.0.1\n    port: %s\n    backlog: 4096\n%s%s\n' "$port" \
        "${loomgate_tls:+    tls: $loomgate_tls$'\n'}" "$yaml" > "$work/$name.yaml"
    start "$name" "$port" "$ready" env ${java_options:+"LOOMGATE_JAVA_OPTS=$java_options"} \
        "$LOOMGATE_DIST/bin/loomgate" serve -c "$work/$name.yaml"
    version[$name]="$("$(java_home)/bin/java" -version 2>&1 | sed -n 3p)"
}

java_home() {
    "$root/src/dist/bin/loomgate" --java-home
}

# nginx NAME READY-PATH 'directives of the server block' ['directives of the http block']
nginx_server() {
    local name=$1 ready=$2 server=$3 http=${4:-} port user=
    need nginx nginx-light
    port=$(free_port)
    [ "$(id -u)" -ne 0 ] || user="user root;" # so that it may use the socket of a helper, which root started
    mkdir -p "$work/$name.d"
    cat > "$work/$name.conf" << END
$user
worker_processes 1;
daemon off;
pid $work/$name.d/pid;
error_log $work/$name.d/error.log;
events { worker_connections 16384; multi_accept on; }
http {
    access_log off;
    sendfile on;
    tcp_nopush on;
    keepalive_requests 1000000000;
    keepalive_timeout 300s;
    types { text/plain txt; text/html html; }
    default_type application/octet-stream;
    client_body_temp_path $work/$name.d/body;
    proxy_temp_path $work/$name.d/proxy;
    fastcgi_temp_path $work/$name.d/fastcgi;
    uwsgi_temp_path $work/$name.d/uwsgi;
    scgi_temp_path $work/$name.d/scgi;
    $http
    server {
        listen 127.0.0.1:$port backlog=4096${nginx_tls:+ ssl}${nginx_http2:+ http2};
        ${nginx_tls:-}
        $server
    }
}
END
    start "$name" "$port" "$ready" "$(program nginx)" -p "$work/$name.d" -c "$work/$name.conf"
    version[nginx]=$("$(program nginx)" -v 2>&1 | cut -d/ -f2)
}

# lighttpd_server NAME READY-PATH DOCUMENT-ROOT 'more directives'
lighttpd_server() {
    local name=$1 ready=$2 documents=$3 more=${4:-} port
    need lighttpd lighttpd
    port=$(free_port)
    cat > "$work/$name.conf" << END
server.bind = "127.0.0.1"
server.port = $port
server.document-root = "$documents"
server.max-keep-alive-requests = 1000000000
server.max-keep-alive-idle = 300
server.max-fds = 16384
server.listen-backlog = 4096
mimetype.assign = ( ".txt" => "text/plain", ".html" => "text/html" )
$more
END
    start "$name" "$port" "$ready" "$(program lighttpd)" -D -f "$work/$name.conf"
    version[lighttpd]=$("$(program lighttpd)" -v | sed -n '1s/^lighttpd.\([^ ]*\).*/\1/p')
}

# apache_cgi NAME READY-PATH SCRIPT-DIRECTORY: httpd with the event MPM and mod_cgid, scripts under /cgi/
apache_cgi() {
    local name=$1 ready=$2 scripts=$3 port modules=/usr/lib/apache2/modules
    need apache2 apache2
    port=$(free_port)
    mkdir -p "$work/$name.d"
    chmod 777 "$work/$name.d"
    cat > "$work/$name.conf" << END
ServerRoot $work/$name.d
ServerName 127.0.0.1
Listen 127.0.0.1:$port
PidFile $work/$name.d/pid
ErrorLog $work/$name.d/error.log
$([ "$(id -u)" -ne 0 ] || printf 'User www-data\nGroup www-data')
LoadModule mpm_event_module $modules/mod_mpm_event.so
LoadModule authz_core_module $modules/mod_authz_core.so
LoadModule alias_module $modules/mod_alias.so
LoadModule cgid_module $modules/mod_cgid.so
ServerLimit 1
StartServers 1
ThreadsPerChild 64
MaxRequestWorkers 64
KeepAlive On
MaxKeepAliveRequests 0
KeepAliveTimeout 300
ScriptSock $work/$name.d/cgid.sock
ScriptAlias /cgi/ $scripts/
<Directory $scripts>
    Require all granted
</Directory>
END
    start "$name" "$port" "$ready" "$(program apache2)" -DFOREGROUND -f "$work/$name.conf"
    version[apache]=$("$(program apache2)" -v | sed -n '1s/.*Apache.\([^ ]*\).*/\1/p')
}

# fcgiwrap_server NAME SCRIPT-DIRECTORY: nginx with Debian's fcgiwrap, scripts under /cgi/
fcgiwrap_server() {
    local name=$1 ready=$2 scripts=$3
    need fcgiwrap fcgiwrap
    launch fcgiwrap "$(program fcgiwrap)" -c 8 -s "unix:$work/fcgiwrap.sock"
    version[fcgiwrap]=$(dpkg-query -W -f '${Version}' fcgiwrap 2> /dev/null || echo unknown)
    nginx_server "$name" "$ready" "
        location /cgi/ {
            include /etc/nginx/fastcgi_params;
            fastcgi_param SCRIPT_FILENAME $scripts/\$fastcgi_script_name_in_cgi;
            fastcgi_pass unix:$work/fcgiwrap.sock;
        }" "map \$uri \$fastcgi_script_name_in_cgi { ~^/cgi/(?<script>.*)\$ \$script; }"
}

# tomcat NAME READY-PATH [THREADS]: Tomcat with virtual threads (or with `platform`), and the same options of the JVM as Loomgate
# has
tomcat() {
    local name=$1 ready=$2 threads=${3:-virtual} port java jars=$perf/target/tomcat tomcat=11.0.27
    if [ ! -e "$jars/tomcat-embed-core-$tomcat.jar" ]; then
        say "fetching Tomcat $tomcat"
        local artifact
        for artifact in org.apache.tomcat.embed:tomcat-embed-core org.apache.tomcat:tomcat-annotations-api; do
            (cd "$work" && mvn -q -B org.apache.maven.plugins:maven-dependency-plugin:3.11.0:copy \
                "-Dartifact=$artifact:$tomcat" "-DoutputDirectory=$jars") || die "Tomcat can't be fetched"
        done
    fi
    java=$(java_home)/bin/java
    local -a options=()
    [ ! -r "$root/conf/jvm.options" ] || options=("@$root/conf/jvm.options")
    port=$(free_port)
    start "$name" "$port" "$ready" "$java" "${options[@]}" -XX:+UseCompactObjectHeaders -cp "$jars/*" \
        "$perf/peers/TomcatHello.java" "$port" "$work/$name.d" "$threads"
    version[tomcat]=$tomcat
}

# helidon NAME READY-PATH [KEYSTORE PASSWORD]: Helidon with its own listener, from the libraries of the distribution, and the same
# options of the JVM as Loomgate has
helidon() {
    local name=$1 ready=$2 port java
    shift 2
    java=$(java_home)/bin/java
    local -a options=()
    [ ! -r "$root/conf/jvm.options" ] || options=("@$root/conf/jvm.options")
    port=$(free_port)
    start "$name" "$port" "$ready" "$java" "${options[@]}" -XX:+UseCompactObjectHeaders -cp "$LOOMGATE_DIST/lib/libraries.jar" \
        "$perf/peers/HelidonHello.java" "$port" "$@"
    version[helidon]=$(sed -n 's/.*<version.helidon>\(.*\)<.*/\1/p' "$root/pom.xml")
}

# Full path of a program that may be in a directory for administrators
program() {
    PATH=$PATH:/usr/sbin:/sbin command -v "$1"
}

# servlet_classes: compiles perf/servlets; their directory is then in `servlets`
servlet_classes() {
    servlets=$work/servlets
    "$(java_home)/bin/javac" -d "$servlets" -cp "$LOOMGATE_DIST/lib/*" "$perf"/servlets/*.java
}

# handler_classes: compiles perf/handlers; their directory is then in `classes`
handler_classes() {
    classes=$work/classes
    "$(java_home)/bin/javac" -d "$classes" -cp "$LOOMGATE_DIST/lib/loomgate.jar" "$perf"/handlers/*.java
}
