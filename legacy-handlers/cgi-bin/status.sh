#!/bin/sh
# What this server and its machine are doing, and what a CGI script gets to know about a request.
PATH=/usr/local/bin:/usr/bin:/bin
export PATH
LC_ALL=C.UTF-8
export LC_ALL

data=$(dirname "$0")/../data
pets=$data/pets.tsv
[ -f "$pets" ] || pets=$data/pets.seed.tsv

escape() {
    sed -e 's/&/\&amp;/g' -e 's/</\&lt;/g' -e 's/>/\&gt;/g' -e 's/"/\&quot;/g' -e "s/'/\&#39;/g"
}

row() {
    printf '<tr><th scope="row">%s</th><td>%s</td></tr>\n' "$(printf '%s' "$1" | escape)" "$(printf '%s' "$2" | escape)"
}

case $REQUEST_METHOD in
GET | HEAD) ;;
*)
    printf 'Status: 405 Method Not Allowed\r\nAllow: GET, HEAD\r\nContent-Type: text/plain\r\n\r\n'
    echo 'There is nothing to change here.'
    exit
    ;;
esac

printf 'Content-Type: text/html; charset=utf-8\r\nCache-Control: no-store\r\n\r\n'
cat <<'HTML'
<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Status of the pet community</title>
<link rel="icon" href="/favicon.svg" type="image/svg+xml">
<link rel="stylesheet" href="/style.css">
</head>
<body>
<header>
<a class="home" href="/">Loomgate</a>
<h1>Status</h1>
<p>Served by <strong>status.sh</strong>, a shell script.</p>
<nav>
<a href="/cgi-bin/pet.pl">Perl</a>
<a href="/cgi-bin/pet.py">Python</a>
<a href="/php/pet.php">PHP</a>
<a href="/cgi-bin/pet-java.cgi">Java main</a>
<a href="/cgi-bin/pet">Java main, hosted</a>
<a href="/pets">Java Handler</a>
<a href="/pet-servlet/">Servlet</a>
<a href="/api/pets">REST</a>
<a href="/cgi-bin/status.sh" aria-current="page">Status</a>
</nav>
</header>
<main>
<h2>Pets</h2>
<div class="scroll"><table>
HTML
row Pets "$(grep -c -v '^#' "$pets")"
row 'Times fed' "$(awk -F '\t' 'NR > 1 { sum += $5 } END { print sum + 0 }' "$pets")"
row 'Last change' "$(date -u -r "$pets" '+%Y-%m-%d %H:%M:%S UTC')"
awk -F '\t' 'NR > 1 { count[$3]++ } END { for (species in count) print count[species] "\t" species }' "$pets" |
    sort -k1,1nr -k2 | head -n 10 |
    while IFS='	' read -r count species; do
        row "$species" "$count"
    done
cat <<'HTML'
</table></div>
<h2>Machine</h2>
<div class="scroll"><table>
HTML
row Time "$(date -u '+%Y-%m-%d %H:%M:%S UTC')"
row System "$(uname -srm)"
[ -r /proc/loadavg ] && row Load "$(cut -d ' ' -f 1-3 /proc/loadavg)"
[ -r /proc/uptime ] && row 'Hours up' "$(awk '{ printf "%.1f", $1 / 3600 }' /proc/uptime)"
cat <<'HTML'
</table></div>
<h2>This request</h2>
<table class="stack">
HTML
# those of RFC 3875 and the header fields, but nothing that logs somebody in
env | LC_ALL=C sort |
    grep -E '^(AUTH_TYPE|CONTENT_|GATEWAY_|HTTPS|HTTP_|PATH_|QUERY_|REMOTE_|REQUEST_|SCRIPT_|SERVER_)[A-Z0-9_]*=' |
    grep -v -E '^HTTP_(COOKIE|AUTHORIZATION)=' |
    while IFS='=' read -r name value; do
        row "$name" "$value"
    done
cat <<'HTML'
</table>
</main>
</body>
</html>
HTML
