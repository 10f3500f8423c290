#!/usr/bin/env bash
# PHP over FastCGI, requests a second over kept connections: a script that says hello, and the demo's pet.php (read only). By
# php-fpm and by php-cgi, which Loomgate starts itself, beside nginx as it comes (a new connection to PHP for each request), nginx
# that keeps them, and lighttpd. PHP runs on the servers' processor, and each server has PHP processes of its own: those of one
# that keeps its connections would not be free for the others.
. "$(dirname "$0")/env.sh"
. "$perf/peers.sh"

need php-cgi php-cgi
fpm=$(compgen -G '/usr/sbin/php-fpm*' | head -1) || die "php-fpm is missing; apt-get install php-fpm"

children=${CHILDREN:-8}
servers=(loomgate nginx nginx-keep lighttpd)
mkdir -p "$work/www/php"
cp "$perf/programs/hello.php" "$root/legacy-handlers/php/pet.php" "$work/www/php"
cp -r "$root/legacy-handlers/data" "$work/www/data"
rm -f "$work/www/data/pets.tsv" "$work/www/data/pets.lock"
chmod -R a+rX "$work/www"
ln -s php "$work/www/fpm"
ln -s php "$work/www/cgi"
printf 'Hello, World!' > "$work/hello"

{
    printf '[global]\nerror_log = %s/fpm.log\ndaemonize = no\n' "$work"
    for server in "${servers[@]}"; do
        printf '[%s]\nlisten = %s/fpm-%s.sock\npm = static\npm.max_children = %s\n' "$server" "$work" "$server" "$children"
        [ "$(id -u)" -ne 0 ] || printf 'user = www-data\ngroup = www-data\nlisten.mode = 0666\n'
    done
} > "$work/fpm.conf"
launch php-fpm "$fpm" -F -y "$work/fpm.conf"
for server in nginx nginx-keep lighttpd; do
    launch "php-cgi-$server" env "PHP_FCGI_CHILDREN=$children" PHP_FCGI_MAX_REQUESTS=10000 php-cgi -b "$work/cgi-$server.sock"
done
for i in {1..100}; do
    [ -S "$work/cgi-lighttpd.sock" ] && [ -S "$work/fpm-lighttpd.sock" ] && break
    sleep 0.1
done
[ "$(id -u)" -ne 0 ] || chmod 666 "$work"/*.sock

loomgate loomgate /cgi/hello.php "routes:
  - {path: /fpm/**, handler: fastcgi, root: $work/www/php, socket: $work/fpm-loomgate.sock, max-connections: $children}
  - {path: /cgi/**, handler: fastcgi, root: $work/www/php, command: php-cgi, children: $children}"

# nginx_php NAME 'more for the location' 'more for an upstream'
nginx_php() {
    local name=$1 location=$2 upstream=$3 kind locations='' upstreams=''
    for kind in fpm cgi; do
        upstreams+="upstream $kind { server unix:$work/$kind-$name.sock; $upstream } "
        locations+="location /$kind/ {
            include /etc/nginx/fastcgi_params;
            fastcgi_param SCRIPT_FILENAME $work/www\$fastcgi_script_name;
            fastcgi_param REDIRECT_STATUS 200;
            fastcgi_pass $kind;
            $location
        }
        "
    done
    nginx_server "$name" /cgi/hello.php "$locations" "$upstreams"
}
nginx_php nginx '' ''
nginx_php nginx-keep 'fastcgi_keep_conn on;' "keepalive $children;"
lighttpd_server lighttpd /cgi/hello.php "$work/www" "
server.modules = ( \"mod_fastcgi\" )
fastcgi.server = (
    \"/fpm/\" => (( \"socket\" => \"$work/fpm-lighttpd.sock\", \"check-local\" => \"disable\", \"fix-root-scriptname\" => \"enable\" )),
    \"/cgi/\" => (( \"socket\" => \"$work/cgi-lighttpd.sock\", \"check-local\" => \"disable\", \"fix-root-scriptname\" => \"enable\" ))
)"

for kind in fpm cgi; do
    curl -s "${url[nginx]}/$kind/pet.php" > "$work/pet-$kind"
    grep -q 'Blau-Bär' "$work/pet-$kind" || die "nginx does not answer /$kind/pet.php: $(head -c 300 "$work/pet-$kind")"
    for server in "${servers[@]}"; do
        expect "$server" "/$kind/hello.php" "$work/hello"
        [ "$server" = lighttpd ] || expect "$server" "/$kind/pet.php" "$work/pet-$kind"
    done
done
version[php]=$(php-cgi -v | sed -n '1s/^PHP \([^ ]*\).*/\1/p')

for kind in fpm cgi; do
    for script in hello pet; do
        compare "$kind-$script" "/$kind/$script.php" "${CONNECTIONS:-16}" "${servers[@]}"
    done
done
report "PHP over FastCGI" 'fpm-hello:loomgate/nginx>=1' 'fpm-pet:loomgate/nginx>=1' 'cgi-hello:loomgate/nginx>=1' \
    'cgi-pet:loomgate/nginx>=1'
