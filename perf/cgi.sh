#!/usr/bin/env bash
# CGI programs by fork and exec, requests a second over kept connections: a C program, whose own work is next to nothing, then,
# for information, Perl with CGI.pm and Python, where the start of the interpreter is what takes the time. Loomgate beside
# lighttpd's mod_cgi, Apache's mod_cgid, and nginx with fcgiwrap. The programs run on the servers' processor.
. "$(dirname "$0")/env.sh"
. "$perf/peers.sh"

need gcc gcc
need perl perl
perl -MCGI -e1 2> /dev/null || die "perl's CGI.pm is missing; apt-get install libcgi-pm-perl"

mkdir "$work/cgi"
gcc -O2 -o "$work/cgi/hello.cgi" "$perf/programs/hello.c"
cp "$perf"/programs/hello.p? "$work/cgi"
chmod 755 "$work"/cgi/*
printf 'Hello, World!' > "$work/hello"

loomgate loomgate /cgi/hello.cgi "routes:
  - path: /cgi/**
    handler: cgi
    root: $work/cgi
    mode: exec"
mkdir "$work/documents"
ln -s "$work/cgi" "$work/documents/cgi"
lighttpd_server lighttpd /cgi/hello.cgi "$work/documents" '
server.modules = ( "mod_cgi" )
$HTTP["url"] =~ "^/cgi/" { cgi.assign = ( "" => "" ) }'
apache_cgi apache /cgi/hello.cgi "$work/cgi"
fcgiwrap_server nginx+fcgiwrap /cgi/hello.cgi "$work/cgi"

servers=(loomgate lighttpd apache nginx+fcgiwrap)
for server in "${servers[@]}"; do
    for program in hello.cgi hello.pl hello.py; do
        expect "$server" "/cgi/$program" "$work/hello"
    done
done
version[perl]=$(perl -e 'printf "%vd", $^V')
version[python]=$(/usr/bin/python3 -V | cut -d' ' -f2)

compare C /cgi/hello.cgi "${CONNECTIONS:-8}" "${servers[@]}"
compare Perl /cgi/hello.pl "${CONNECTIONS:-8}" "${servers[@]}"
compare Python /cgi/hello.py "${CONNECTIONS:-8}" "${servers[@]}"
report "CGI by fork and exec" 'C:loomgate/lighttpd>=1'
