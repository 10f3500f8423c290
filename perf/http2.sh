#!/usr/bin/env bash
# Requests a second over HTTP/2 with TLS 1.3: Loomgate beside nginx with the same certificate (EC, P-256) and cipher suite, with ten
# requests at once on each of 16 connections, for a short text and for a file of 1 MB.
STREAMS=${STREAMS:-10}
. "$(dirname "$0")/env.sh"
. "$perf/peers.sh"

need openssl openssl
need h2load nghttp2-client
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout "$work/key.pem" -out "$work/cert.pem" -days 2 \
    -subj /CN=127.0.0.1 -addext subjectAltName=IP:127.0.0.1 2> "$work/openssl.log" || die "$(cat "$work/openssl.log")"
export CURL_CA_BUNDLE=$work/cert.pem
mkdir "$work/www"
printf 'Hello, World!' > "$work/www/hello.txt"
head -c 1048576 /dev/urandom > "$work/www/1m.bin"

scheme=https
loomgate_tls="{certificate: $work/cert.pem, key: $work/key.pem, ciphers: [TLS_AES_256_GCM_SHA384, TLS_AES_128_GCM_SHA256]}" \
    loomgate loomgate /hello.txt "routes:
  - path: /**
    handler: static
    root: $work/www"
nginx_http2=1 nginx_tls="ssl_certificate $work/cert.pem; ssl_certificate_key $work/key.pem; ssl_protocols TLSv1.3;" \
    nginx_server nginx /hello.txt "root $work/www;"

for server in loomgate nginx; do
    expect "$server" /hello.txt "$work/www/hello.txt"
    expect "$server" /1m.bin "$work/www/1m.bin"
done

compare short /hello.txt "${CONNECTIONS:-16}" loomgate nginx
compare 1MB /1m.bin "${CONNECTIONS:-16}" loomgate nginx
report "HTTP/2" 'short:loomgate/nginx>=0.8' '1MB:loomgate/nginx>=0.8'
