#!/usr/bin/perl
# A CGI script as most were written: with CGI.pm.
use strict;
use warnings;
use CGI;

my $query = CGI->new;
my $name = $query->param('name') // 'World';
print $query->header('text/plain'), "Hello, $name!";
