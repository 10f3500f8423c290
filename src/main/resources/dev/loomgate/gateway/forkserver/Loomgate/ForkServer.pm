package Loomgate::ForkServer;

# Turns an unmodified CGI script into a fork server: perl -MLoomgate::ForkServer=SOCKET,CONTROL script.pl
#
# perl compiles the script, with all that it uses, as its main program. Then, in place of running it, the INIT block below
# listens on SOCKET. Each connection brings a request in SCGI; a child is forked for it, whose standard output is the
# connection, and returns from INIT into the script, as a fresh perl would after compiling it. The parent never runs it.
#
# CONTROL is where the server listens that started this program. Lines from here: "file PATH" for each file that was loaded,
# then "ready" or "refused REASON"; "exit ID STATUS" or "killed ID SIGNAL" for a child that did not end well, or was asked for.
# Lines from there: "status ID", "kill ID", "alive" (answered with "alive ID ID ..."), "stop". When the connection ends, so does
# all.

use strict;
use warnings;
use POSIX ();

my ($socket_path, $control_path, $grace);
my %environment;    # as the script was compiled with
my @libraries = grep { m{^/} } @INC;    # the interpreter's own, before the script adds others
my ($stdout, $notes_in, $notes_out);
my ($alarm, $on_child);    # of the script, if it sets them while it is compiled
my $is_child = 0;
my $loaded = 0;
my $exit_quickly = 0;

# the names of requests by process, and the other way round
my (%request_of, %process_of);
my %asked;          # requests whose exit status is wanted
my %killed;         # processes that were told to end, and when they will be made to
my %unwanted;       # requests that are to end before they have come, and when that is forgotten
my ($listener, $control, $input) = (undef, undef, '');

sub import {
    (undef, $socket_path, $control_path, $grace) = @_;
    my $here = directory();
    @INC = grep { $_ ne $here } @INC;
    @libraries = grep { $_ ne $here } @libraries;
    %environment = %ENV;
    # nothing of this is the script's: it begins with the descriptors of any program, and output goes to a file that is looked at
    POSIX::setsid();
    socket $control, 1, 1, 0 or leave("no socket: $!");
    connect $control, pack 'S a*', 1, $control_path or leave("can't reach $control_path: $!");
    open $stdout, '+>', undef or leave("no temporary file: $!");
    open my $null, '<', '/dev/null' or leave("/dev/null: $!");
    POSIX::dup2(fileno $null, 0);
    POSIX::dup2(fileno $stdout, 1);
}

sub directory {
    my $file = $INC{'Loomgate/ForkServer.pm'};
    $file =~ s{/Loomgate/ForkServer\.pm\z}{};
    return $file;
}

INIT {
    # no way out but these two: the script's END blocks are not for the parent
    my $connection = eval { local $SIG{__DIE__}; prepare(); serve() };
    leave($@) unless $connection;
    become($connection);
}

# The last of all END blocks, because it is the first that was compiled.
#
# What perl does after it is to destroy the objects that are left, for which it looks at each value there is; where no class can
# notice, that time is saved. And what was loaded while the script ran, of the modules that come with perl, the parent gets to
# know: the next child finds it loaded.
END {
    my $status = $?;
    if ($is_child && $$ == $is_child) {
        if (keys %INC != $loaded) {
            note_modules();
        } elsif ($exit_quickly && waitpid(-1, POSIX::WNOHANG()) == -1) {
            no warnings 'exec';
            exec { '/' } '';    # fails, after it has flushed all handles
            POSIX::_exit($status & 0xFF);
        }
    }
    $? = $status;
}

sub leave {
    my ($reason) = @_;
    $reason =~ s/\s+/ /g;
    $control && defined fileno $control ? tell_server("refused $reason") : print STDERR "$reason\n";
    POSIX::_exit(1);
}

sub tell_server {
    # no SIGPIPE if it has gone, which the next read tells
    send $control, "$_[0]\n", 0x4000;
}

# ---- the parent

sub prepare {
    { my $old = select STDOUT; local $| = 1; select $old }
    die "it writes output while it is compiled (BEGIN)\n" if -s $stdout;
    open my $null, '>', '/dev/null' or die "/dev/null: $!\n";
    POSIX::dup2(fileno $null, 1);
    close $stdout;
    undef $stdout;
    $alarm = alarm 0;
    $on_child = $SIG{CHLD};
    $SIG{CHLD} = 'DEFAULT';
    my $new = "$socket_path.$$";
    socket $listener, 1, 1, 0 or die "no socket: $!\n";
    bind $listener, pack 'S a*', 1, $new or die "can't listen on $new: $!\n";
    listen $listener, 65535 or die "can't listen on $new: $!\n";
    fcntl $listener, POSIX::F_SETFL(), POSIX::O_RDWR() | POSIX::O_NONBLOCK() or die "$!\n";
    pipe $notes_in, $notes_out or die "no pipe: $!\n";
    fcntl $_, POSIX::F_SETFL(), POSIX::O_NONBLOCK() for $notes_in, $notes_out;
    note_destructors();
    tell_server(join "\n", map { "file $_" } grep { defined && !/\n/ && !m{/Loomgate/ForkServer\.pm\z} } $0, values %INC);
    # whoever connects meanwhile still reaches the program that listened here before
    rename $new, $socket_path or die "can't listen on $socket_path: $!\n";
    tell_server('ready');
}

# Looks for packages that want to know when their objects are destroyed, and for handles that belong to the script's text.
my %harmless = map { $_ => 1 } qw(CGI Data::Dumper Encode::Encoding IO::Handle Regexp SelectSaver);
my @data;
my %had;    # modules that the parent has loaded, or tried to

sub note_destructors {
    my ($others, @packages) = (0, 'main::');
    @data = ();
    @had{keys %INC} = (1) x keys %INC;
    my %seen;
    while (defined(my $package = shift @packages)) {
        no strict 'refs';
        next if $seen{\%{$package}}++;
        my $stash = \%{$package};
        for my $name (keys %$stash) {
            push @packages, ($package eq 'main::' ? '' : $package) . $name if $name =~ /::\z/ && $name ne 'main::';
        }
        (my $class = $package) =~ s/::\z//;
        if (ref \$stash->{DATA} eq 'GLOB' && defined *{"$class\::DATA"}{IO} && defined fileno *{"$class\::DATA"}) {
            my $handle = *{"$class\::DATA"};
            push @data, [$handle, tell $handle, [PerlIO::get_layers($handle)]];
        }
        $others++ if exists $stash->{DESTROY} && !$harmless{$class} && defined &{"$class\::DESTROY"};
    }
    # layers that write an end when they are closed are not known here
    $others++ if grep { m{^PerlIO/} && !m{^PerlIO/(?:encoding|scalar)\.pm} } keys %INC;
    $exit_quickly = !$others && !${^TAINT};
    $loaded = keys %INC;
}

# In a child: tells the parent of modules that it did not have.
sub note_modules {
    my @new = grep {
        my $file = $INC{$_};
        defined $file && !ref $file && !/^(?:threads|forks|Thread|Coro|AnyEvent)\b/ && grep { index($file, "$_/") == 0 } @libraries
    } keys %INC;
    my $notes = join '', map { "$_\n" } grep { !$had{$_} } @new;
    # in one piece, or not at all
    syswrite $notes_out, $notes if length $notes && length $notes <= 4096;
}

# In the parent: loads what a child has told of. Where that fails, or says anything, it is the script's own business.
sub learn {
    my $notes;
    sysread $notes_in, $notes, 65536 or return;
    for my $module (split /\n/, $notes) {
        next if $INC{$module} || $had{$module}++;
        local ($@, $SIG{__DIE__}, $SIG{__WARN__}) = ('', 'DEFAULT', sub { });
        eval { require $module };
    }
    note_destructors();
    tell_server("file $_") for map { $INC{$_} } grep { defined $INC{$_} } split /\n/, $notes;
}

# Serves until it is told to stop. Returns in each child, with the connection and the request's header.
sub serve {
    my $stopping = 0;
    my %waiting;    # connections whose request is not there yet
    while (!$stopping || $listener || %waiting || %request_of) {
        my $ready = '';
        vec($ready, $_, 1) = 1 for fileno $control, $listener ? fileno $listener : (), keys %waiting;
        my $found = select $ready, undef, undef, patience($stopping);
        reap();
        $ready = '' if $found < 0;
        for my $number (grep { vec $ready, $_, 1 } keys %waiting) {
            my $child = take(delete $waiting{$number}, \%waiting);
            return $child if $child;
        }
        if ($listener && vec $ready, fileno $listener, 1) {
            my $connection;
            my $child = accept($connection, $listener) && take($connection, \%waiting);
            return $child if $child;
        } elsif ($listener && $stopping) {
            # nobody else comes: another program has the name of the socket, or none
            close $listener;
            undef $listener;
        }
        $stopping = 1 if vec($ready, fileno $control, 1) && obey();
    }
    POSIX::_exit(0);
}

sub patience {
    my ($stopping) = @_;
    return 0 if $stopping && $listener;
    return %asked ? 0.001 : %killed ? 0.01 : 1;
}

# Reads a request and forks for it. True in the child.
sub take {
    my ($connection, $waiting) = @_;
    # 0x42: look, and don't wait
    my $start = '';
    if (!defined recv $connection, $start, 16, 0x42) {
        $waiting->{fileno $connection} = $connection if $! == POSIX::EAGAIN();
        return;
    }
    my ($length) = $start =~ /^(\d{1,9}):/ or return;
    my $whole = length($length) + 1 + $length + 1;
    my $header = '';
    while (length $header < $whole) {
        sysread $connection, $header, $whole - length $header, length $header or return;
    }
    $header = substr $header, length($length) + 1, $length;
    my ($id) = $header =~ /\0LOOMGATE_REQUEST\0(\d+)\0/ or return;
    return if delete $unwanted{$id};
    my $pid = fork;
    if (!defined $pid) {
        print STDERR "no process for a request: $!\n";
        syswrite $connection, "Status: 503 Service Unavailable\nRetry-After: 1\nContent-Type: text/plain\n\nBusy\n";
        return;
    }
    return [$connection, $header] if $pid == 0;
    $request_of{$pid} = $id;
    $process_of{$id} = $pid;
    return;
}

sub reap {
    my $ended = 0;
    while ((my $pid = waitpid -1, POSIX::WNOHANG()) > 0) {
        my $id = delete $request_of{$pid};
        next unless defined $id;
        my $ending = $? & 127 ? "killed $id " . ($? & 127) : "exit $id " . ($? >> 8);
        delete $process_of{$id};
        my $was_asked = delete $asked{$id};
        tell_server($ending) if $? || $was_asked;
        $ended = 1;
        # also what it has started and left behind
        kill 'KILL', -$pid if delete $killed{$pid};
    }
    learn() if $ended;
    return unless %killed;
    my $now = time;
    kill 'KILL', -$_ for grep { $now >= $killed{$_} } keys %killed;
}

# Does what the server says; true for "stop".
sub obey {
    my $read = sysread $control, $input, 4096, length $input;
    if (!$read) {
        kill 'KILL', -$_ for keys %request_of;
        unlink $socket_path;
        POSIX::_exit(0);
    }
    my $stop = 0;
    while ($input =~ s/^(\w+)(?: (\d+))?\n//) {
        my ($word, $id) = ($1, $2);
        if ($word eq 'stop') {
            $stop = 1;
        } elsif ($word eq 'alive') {
            tell_server(join ' ', 'alive', values %request_of);
            delete @unwanted{grep { $unwanted{$_} < time } keys %unwanted};
        } elsif ($word eq 'kill') {
            $process_of{$id} ? end_child($process_of{$id}) : ($unwanted{$id} = time + 60);
        } elsif ($word eq 'status' && $process_of{$id}) {
            $asked{$id} = 1;
        } elsif ($word eq 'status') {
            tell_server("exit $id 0");
        }
    }
    return $stop;
}

sub end_child {
    my ($pid) = @_;
    return if $killed{$pid};
    kill 'TERM', -$pid or kill 'TERM', $pid;
    $killed{$pid} = time + 1 + $grace;
}

# ---- the child

sub become {
    my ($connection, $header) = @{$_[0]};
    $is_child = $$;
    setpgrp 0, 0;
    chop $header;
    my %request = split /\0/, $header, -1;
    delete @request{qw(SCGI LOOMGATE_REQUEST)};
    my $words = delete $request{LOOMGATE_ARGUMENTS};
    @ARGV = map { pack 'H*', $_ } split / /, $words if defined $words;
    my $length = $request{CONTENT_LENGTH} || 0;
    delete $request{CONTENT_LENGTH} if delete $request{LOOMGATE_NO_BODY};
    # what BEGIN blocks and modules have changed stays so
    for my $name (keys %ENV) {
        $request{$name} = $ENV{$name} if !exists $environment{$name} || $environment{$name} ne $ENV{$name};
    }
    delete @request{grep { !exists $ENV{$_} } keys %environment};
    %ENV = %request;

    my $number = fileno $connection;
    POSIX::dup2($number, 1);
    if ($length > 4096) {
        POSIX::dup2($number, 0);
    } elsif ($length > 0) {
        give_body($connection, $length);
    }
    close $connection;
    close $listener if $listener;
    close $control;
    close $notes_in;
    ($listener, $control, $notes_in) = ();
    undef %request_of;
    undef %process_of;
    for my $data (@data) {
        my ($handle, $position, $layers) = @$data;
        # an offset of its own, in the file that was compiled, whatever has its name now
        open my $own, '<', '/proc/self/fd/' . fileno $handle or next;
        open $handle, '<&', $own or next;
        binmode $handle, ':utf8' if grep { $_ eq 'utf8' } @$layers;
        seek $handle, $position, 0;
    }
    $SIG{CHLD} = $on_child if defined $on_child;
    alarm $alarm if $alarm;
    srand;
    $! = 0;
    $^T = time;
}

# A short body goes into a pipe: with the connection as its input, a script that closes its output would still hold it open.
sub give_body {
    my ($connection, $length) = @_;
    my $body = '';
    while (length $body < $length) {
        sysread $connection, $body, $length - length $body, length $body or last;
    }
    pipe my $reader, my $writer or return;
    syswrite $writer, $body;
    POSIX::dup2(fileno $reader, 0);
}

1;
