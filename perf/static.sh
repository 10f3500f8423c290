#!/usr/bin/env bash
# Requests a second for a file of 1 KB and one of 1 MB over kept connections: Loomgate beside nginx and lighttpd. nginx is
# measured twice: as it comes, and with its cache of open files, which Debian's configuration does not switch on.
. "$(dirname "$0")/env.sh"
. "$perf/peers.sh"

mkdir "$work/www"
head -c 1024 /dev/urandom | base64 -w0 | head -c 1024 > "$work/www/1k.txt"
head -c 1048576 /dev/urandom > "$work/www/1m.bin"

loomgate loomgate /1k.txt "routes:
  - path: /**
    handler: static
    root: $work/www"
nginx_server nginx /1k.txt "root $work/www;"
nginx_server nginx+open_file_cache /1k.txt "root $work/www; open_file_cache max=1000;"
lighttpd_server lighttpd /1k.txt "$work/www"

servers=(loomgate nginx nginx+open_file_cache lighttpd)
for server in "${servers[@]}"; do
    expect "$server" /1k.txt "$work/www/1k.txt"
    expect "$server" /1m.bin "$work/www/1m.bin"
done

compare 1KB /1k.txt "${CONNECTIONS:-64}" "${servers[@]}"
compare 1MB /1m.bin "${CONNECTIONS:-64}" "${servers[@]}"
report "Static files" '1KB:loomgate/nginx>=1' '1MB:loomgate/nginx>=1'
