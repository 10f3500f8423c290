#!/usr/bin/env bash
# Unmodified CGI scripts by a fork server, requests a second over kept connections: the demo's pet.pl (CGI.pm) and pet.py, and two
# that say hello with the imports that most scripts have. Loomgate's `mode: auto` beside Apache's mod_cgid and lighttpd's mod_cgi,
# which start an interpreter for each request; "kept" is Loomgate with requests-per-process: 1000 and max-processes: 4, as many as
# php.sh has of PHP, since these scripts compute. The scripts run on the servers' processor. Then, in Loomgate alone, 200 requests at
# once for a script in Perl and in Python that sleeps a second, and how long other requests take meanwhile: with no process there
# before ("loomgate"), and the first time that 200 processes wait which were forked ahead (spare-processes: 200), each for one
# request, or for 1000.
#
# Figures depend on what a page fault costs: a child of a fork server takes some hundred, and on virtual machines without nested
# page tables each may take 20 times as long as elsewhere. The report says how long one takes.
PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin # one perl and one python3 for all servers
. "$(dirname "$0")/env.sh"
. "$perf/peers.sh"

need perl perl
perl -MCGI -e1 2> /dev/null || die "perl's CGI.pm is missing; apt-get install libcgi-pm-perl"

mkdir -p "$work/site/cgi" "$work/documents"
cp "$root"/legacy-handlers/cgi-bin/pet.p? "$perf"/programs/hello.p? "$work/site/cgi"
cp -r "$root/legacy-handlers/data" "$work/site/data"
rm -f "$work/site/data/pets.tsv" "$work/site/data/pets.lock"
printf '#!/usr/bin/perl\nsleep 1;\nprint "Content-Type: text/plain\\n\\nslept";\n' > "$work/site/cgi/sleep.pl"
printf '#!/usr/bin/python3\nimport time\ntime.sleep(1)\nprint("Content-Type: text/plain\\n\\nslept", end="")\n' > "$work/site/cgi/sleep.py"
chmod -R a+rX "$work/site"
chmod 755 "$work"/site/cgi/*
ln -s "$work/site/cgi" "$work/documents/cgi"

loomgate loomgate /cgi/hello.pl "routes:
  - path: /cgi/**
    handler: cgi
    root: $work/site/cgi
    max-processes: 256
  - path: /plaintext
    handler: respond
    body: Hello, World!"
loomgate kept /cgi/hello.pl "routes:
  - path: /cgi/**
    handler: cgi
    root: $work/site/cgi
    max-processes: 4
    max-queue: 1000
    requests-per-process: 1000
  - path: /plaintext
    handler: respond
    body: Hello, World!"
loomgate spare /plaintext "routes:
  - path: /one/**
    handler: cgi
    root: $work/site/cgi
    max-processes: 200
    spare-processes: 200
  - path: /many/**
    handler: cgi
    root: $work/site/cgi
    max-processes: 200
    spare-processes: 200
    requests-per-process: 1000
  - path: /plaintext
    handler: respond
    body: Hello, World!"
apache_cgi apache /cgi/hello.pl "$work/site/cgi"
lighttpd_server lighttpd /cgi/hello.pl "$work/documents" '
server.modules = ( "mod_cgi" )
$HTTP["url"] =~ "^/cgi/" { cgi.assign = ( "" => "" ) }'

servers=(kept loomgate apache lighttpd)
for script in pet.pl pet.py hello.pl hello.py; do
    curl -s --max-time 20 "${url[apache]}/cgi/$script" > "$work/$script.expected"
    grep -q -e '</html>' -e 'Hello, World!' "$work/$script.expected" || die "apache does not answer /cgi/$script"
    expect loomgate "/cgi/$script" "$work/$script.expected"
    for i in 1 2 3; do
        expect kept "/cgi/$script" "$work/$script.expected"
    done
    expect lighttpd "/cgi/$script" "$work/$script.expected"
done
! grep -h 'no fork server\|serves one request' "$work/loomgate.log" "$work/kept.log" >&2 || die 'a script has no fork server'
version[perl]=$(perl -e 'printf "%vd", $^V')
version[python]=$(python3 -V | cut -d' ' -f2)

: "${WRK_TIMEOUT:=20s}" # a page by CGI may take seconds where the processor has much to do
export WRK_TIMEOUT
say "warming up the JVM"
load loomgate /cgi/hello.pl 8 "${JVM_WARM_UP:-15}" > /dev/null
load kept /cgi/hello.py 8 "${JVM_WARM_UP:-15}" > /dev/null
compare Perl /cgi/pet.pl "${CONNECTIONS:-8}" "${servers[@]}"
compare Python /cgi/pet.py "${CONNECTIONS:-8}" "${servers[@]}"
compare Perl-hello /cgi/hello.pl "${CONNECTIONS:-8}" "${servers[@]}"
compare Python-hello /cgi/hello.py "${CONNECTIONS:-8}" "${servers[@]}"
sleepers=$(taskset -c "$LOAD_CORE" python3 "$perf/sleepers.py" "${url[loomgate]}" 200)
declare -A spare_sleepers
for path in /one/sleep.pl /many/sleep.pl /one/sleep.py /many/sleep.py; do
    say "sleeping scripts: $path"
    spare_sleepers[$path]=$(taskset -c "$LOAD_CORE" python3 "$perf/sleepers.py" "${url[spare]}" 200 "$path" 200)
done
fault=$(taskset -c "$SERVER_CORE" python3 "$perf/page_faults.py")
report "CGI scripts by fork server" 'Perl:kept/apache>=15' 'Python:kept/apache>=20'
echo
echo "A process for each: $sleepers"
echo
for path in /one/sleep.pl /many/sleep.pl /one/sleep.py /many/sleep.py; do
    echo "Forked ahead, $path: ${spare_sleepers[$path]}"
    echo
done
echo
echo "$fault"
