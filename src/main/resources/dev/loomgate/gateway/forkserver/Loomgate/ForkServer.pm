package Loomgate::ForkServer;

# Turns an unmodified CGI script into a fork server: perl -MLoomgate::ForkServer=SOCKET,CONTROL,GRACE,1,0 script.pl
#
# perl compiles the script, with all that it uses, as its main program. Then, in place of running it, the INIT block below
# listens on SOCKET. Each connection brings a request in SCGI; a child is forked for it, whose standard output is the
# connection, and returns from INIT into the script, as a fresh perl would after compiling it. The parent never runs it.
#
# CONTROL is where the server listens that started this program. Lines from here: "file PATH" for each file that was loaded,
# then "ready" ("ready counting" where children are not one for each request: then "forked" for each child) or "refused REASON";
# "exit ID STATUS" or "killed ID SIGNAL" for a child that did not end well, or was asked for. Lines from there: "status ID",
# "kill ID", "alive" (answered with "alive ID ID ..."), "spare COUNT LIMIT", "stop". When the connection ends, so does all.
#
# With a fourth argument above 1, a child serves that many requests before it ends: perl -MLoomgate::ForkServer=SOCKET,CONTROL,
# GRACE,MOST,0 Loomgate/serve.pl script.pl. See "many requests in a child" below for what each of them finds fresh. With 1 as the
# fifth, "spare" may ask for COUNT children that wait for a request, as long as there are no more than LIMIT in all.

use strict;
use warnings;
use POSIX ();

my ($socket_path, $control_path, $grace, $most, $ahead);
my %environment;    # as the script was compiled with
my (%changed, @removed);    # what compiling it has done to it
my @libraries = grep { m{^/} } @INC;    # the interpreter's own, before the script adds others
my ($stdout, $notes_in, $notes_out);
my ($alarm, $on_child);    # of the script, if it sets them while it is compiled
my $is_child = 0;
my $current;    # request of this child
my $loaded = 0;
my $exit_quickly = 0;

# the names of requests by process, and the other way round
my (%request_of, %process_of);
my %asked;          # requests whose exit status is wanted
my %killed;         # processes that were told to end, and when they will be made to
my %unwanted;       # requests that are to end before they have come, and when that is forgotten
my ($listener, $control, $input) = (undef, undef, '');

# of children that wait for requests: what they tell the parent, who of them may accept, and what ends when they are to go
my ($words_in, $words_out, $token_in, $token_out, $stay_in, $stay_out);

# children that wait for a request, those that were forked ahead and will, and those that have got a connection without one
my (%idle, %coming, %taking);
my ($spares, $limit, $not_before, $parent) = (0, 0, 0, 0);

sub import {
    (undef, $socket_path, $control_path, $grace, $most, $ahead) = @_;
    my $here = directory();
    @INC = grep { $_ ne $here } @INC;
    @libraries = grep { $_ ne $here } @libraries;
    %environment = %ENV;
    expect_many() if $most > 1;
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
    first_request() if $most == 1;
}

# Listens, and returns in each child, which is ready for its request.
sub first_request {
    # no way out but these two: the script's END blocks are not for the parent
    my $request = eval { local $SIG{__DIE__}; prepare(); serve() };
    leave($@) unless $request;
    leave_parent();
    if (!@$request) {
        rehearse();
        rehearse_script() if $most > 1;
        say_word("- $$ 0 0");
        $request = await_request();
    }
    if ($words_in && $most == 1) {
        close $_ for $listener, $words_in, $words_out, $token_in, $token_out, $stay_in;
        undef $listener;
    }
    ($current) = $request->[1] =~ /\0LOOMGATE_REQUEST\0(\d+)\0/;
    $SIG{CHLD} = $on_child if defined $on_child;
    alarm $alarm if $alarm;
    become($request);
    $^T = time;
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
            leave_quickly($status & 0xFF);
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
    if ($most == 1) {
        close $stdout;
        undef $stdout;
    }
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
    prepare_many() if $most > 1;
    expect_idle() if $most > 1 || $ahead;
    note_destructors();
    %changed = map { !exists $environment{$_} || $environment{$_} ne $ENV{$_} ? ($_ => $ENV{$_}) : () } keys %ENV;
    @removed = grep { !exists $ENV{$_} } keys %environment;
    tell_server(join "\n", map { "file $_" } grep { defined && !/\n/ && !m{/Loomgate/ForkServer\.pm\z} } $0, values %INC);
    # whoever connects meanwhile still reaches the program that listened here before
    rename $new, $socket_path or die "can't listen on $socket_path: $!\n";
    tell_server($words_in ? 'ready counting' : 'ready');
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
    my ($notes, $before) = ('', $loaded);
    sysread $notes_in, $notes, 65536 or return;
    for my $module (split /\n/, $notes) {
        next if $INC{$module} || $had{$module}++;
        local ($@, $SIG{__DIE__}, $SIG{__WARN__}) = ('', 'DEFAULT', sub { });
        eval { require $module };
    }
    note_destructors();
    tell_server("file $_") for map { $INC{$_} } grep { defined $INC{$_} } split /\n/, $notes;
    # each of those that are there would have to load it again
    renounce() if $spares && $most == 1 && $loaded != $before;
}

# Serves until it is told to stop. Returns in each child, with the connection and the request's header, or with neither in one that is
# forked ahead.
sub serve {
    my $stopping = 0;
    my %waiting;    # connections whose request is not there yet
    while (!$stopping || $listener || %waiting || %request_of || %idle || %coming || %taking) {
        my $ready = '';
        # an idle child accepts before one is forked
        my $accepts = $listener && ($stopping || !%idle);
        vec($ready, $_, 1) = 1 for fileno $control, $accepts ? fileno $listener : (), $words_in ? fileno $words_in : (), keys %waiting;
        my $wanted = !$stopping && wants_spare();
        # in a pause: the requests of a burst come first
        my $found = select $ready, undef, undef, $wanted ? 0.005 : patience($stopping);
        reap();
        next if $found < 0;
        for my $number (grep { vec $ready, $_, 1 } keys %waiting) {
            my $child = take(delete $waiting{$number}, \%waiting);
            return $child if $child;
        }
        if ($accepts && vec $ready, fileno $listener, 1) {
            # one may have become idle meanwhile
            next if %idle && !$stopping;
            my $connection;
            my $child = accept($connection, $listener) && take($connection, \%waiting);
            return $child if $child;
        } elsif ($listener && $stopping) {
            # nobody else comes: another program has the name of the socket, or none
            close $listener;
            undef $listener;
        }
        $stopping = 1 if vec($ready, fileno $control, 1) && obey();
        return [] if $wanted && !$found && wants_spare() && fork_ahead();
        dismiss() if %idle && !$stopping;
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
    my ($header, $id) = read_header($connection, $start) or return;
    return if delete $unwanted{$id};
    my $pid = fork;
    if (!defined $pid) {
        print STDERR "no process for a request: $!\n";
        syswrite $connection, "Status: 503 Service Unavailable\nRetry-After: 1\nContent-Type: text/plain\n\nBusy\n";
        return;
    }
    return [$connection, $header] if $pid == 0;
    tell_server('forked') if $words_in;
    $request_of{$pid} = $id;
    $process_of{$id} = $pid;
    return;
}

# The header of a request and its name, if there is a whole one.
sub read_header {
    my ($connection, $start) = @_;
    my ($length) = $start =~ /^(\d{1,9}):/ or return;
    my $whole = length($length) + 1 + $length + 1;
    my $header = '';
    while (length $header < $whole) {
        sysread $connection, $header, $whole - length $header, length $header or return;
    }
    $header = substr $header, length($length) + 1, $length;
    my ($id) = $header =~ /\0LOOMGATE_REQUEST\0(\d+)\0/ or return;
    return ($header, $id);
}

sub reap {
    my $ended = 0;
    hear_children() if $words_in;
    while ((my $pid = waitpid -1, POSIX::WNOHANG()) > 0) {
        if ($words_in) {
            hear_children();    # what it told before it ended
            # killed, as it has not said that it goes; it may have had the token, and there may be two without harm
            pass_token() if delete $idle{$pid};
            delete $taking{$pid};
            $not_before = time + 1 if delete $coming{$pid};
        }
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

# ---- children that wait for a request

sub expect_idle {
    pipe $words_in, $words_out or die "no pipe: $!\n";
    pipe $token_in, $token_out or die "no pipe: $!\n";
    pipe $stay_in, $stay_out or die "no pipe: $!\n";
    fcntl $_, POSIX::F_SETFL(), POSIX::O_NONBLOCK() for $words_in;
    fcntl $token_out, POSIX::F_SETFL(), POSIX::O_WRONLY() | POSIX::O_NONBLOCK();
    pass_token();
    $parent = $$;
    # the end of a child ends the waiting in select, which is never restarted, and nothing else
    my $action = POSIX::SigAction->new(sub { }, POSIX::SigSet->new, POSIX::SA_RESTART());
    $action->safe(1);
    POSIX::sigaction(POSIX::SIGCHLD(), $action);
}

# In the parent: whether to fork one ahead, in the next pause: one after the other, so that it costs a busy machine no more than a
# request does.
sub wants_spare {
    return $spares && !%coming && keys %idle < $spares && keys(%idle) + keys(%request_of) + keys(%taking) < $limit
        && time >= $not_before;
}

# True in the child.
sub fork_ahead {
    my $pid = fork;
    if (!defined $pid) {
        print STDERR "no process ahead of requests: $!\n";
        $not_before = time + 1;
        return 0;
    }
    return 1 if $pid == 0;
    $coming{$pid} = 1;
    tell_server('forked');
    return 0;
}

# In the parent: sends half of those away that had nothing to do lately and that nobody wants to have.
my ($fewest, $looked) = (0, time);

sub dismiss {
    $fewest = keys %idle if keys %idle < $fewest;
    return if time - $looked < 10;
    my $more = $fewest - ($spares || 1);
    pass_token('x') for 1 .. ($more + 1) / 2;
    ($fewest, $looked) = (scalar keys %idle, time);
}

# If there is no room, there are more than enough.
sub pass_token {
    syswrite $token_out, $_[0] // 't';
}

# In the parent: has all children go that wait for a request now, and those that serve one when they would wait for another.
sub renounce {
    close $stay_out;
    close $stay_in;
    pipe $stay_in, $stay_out;
}

# In the parent: "- PID 0 0" from a child that waits for a request, "+ PID ID" from one that has got a request, with an ID of 0 where
# it does not know which yet, "- PID ID STATUS" from one that has answered it, "x PID 0" from one that goes.
my $heard = '';

sub hear_children {
    while (sysread $words_in, $heard, 65536, length $heard) { }
    while ($heard =~ s/^([-+x]) (\d+) (\d+)(?: (\d+))?\n//) {
        my ($what, $pid, $id, $result) = ($1, $2, $3, $4);
        delete $taking{$pid};
        if ($what eq '+') {
            delete $idle{$pid};
            if (!$id) {
                $taking{$pid} = 1;
                next;
            }
            $request_of{$pid} = $id;
            $process_of{$id} = $pid;
            end_child($pid) if delete $unwanted{$id};
        } elsif ($what eq '-') {
            delete $coming{$pid};
            if ($id) {
                delete $request_of{$pid};
                delete $process_of{$id};
                my $was_asked = delete $asked{$id};
                tell_server("exit $id $result") if $result || $was_asked;
            }
            $idle{$pid} = 1;
        } else {
            delete $idle{$pid};
        }
    }
}

# In a child: to the parent.
sub say_word {
    syswrite $words_out, "$_[0]\n";
}

# In a child: waits for a request. Of those that wait one may look for it, the one with the token.
sub await_request {
    while (1) {
        my ($token, $connection);
        if (sysread($token_in, $token, 1) && $token eq 't') {
            $connection = wait_for_connection();
            pass_token();
        }
        if (!$connection) {
            # one more than are wanted
            say_word("x $$ 0");
            POSIX::_exit(0);
        }
        fcntl $connection, POSIX::F_SETFL(), POSIX::O_RDWR();
        my $start = '';
        if (!defined recv $connection, $start, 16, 0x42) {
            # others must not wait for this one to accept
            say_word("+ $$ 0");
            recv $connection, $start, 16, 2;
        }
        my $header;
        if (defined $start && (($header, $current) = read_header($connection, $start))) {
            say_word("+ $$ $current");
            return [$connection, $header];
        }
        close $connection;
        say_word("- $$ 0 0");
    }
}

# In a child: becomes ready for a request of nobody. The pages that it takes are this process's own then, and not to be copied while a
# client waits.
sub rehearse {
    socketpair my $one, my $other, 1, 1, 0 or return;
    my $header = join '', map { "$_\0" . 'x' x 32 . "\0" } qw(DOCUMENT_ROOT GATEWAY_INTERFACE HTTP_ACCEPT HTTP_ACCEPT_ENCODING
        HTTP_ACCEPT_LANGUAGE HTTP_COOKIE HTTP_HOST HTTP_REFERER HTTP_USER_AGENT PATH PATH_INFO QUERY_STRING REMOTE_ADDR REMOTE_PORT
        REQUEST_METHOD REQUEST_SCHEME REQUEST_URI SCRIPT_FILENAME SCRIPT_NAME SERVER_ADDR SERVER_NAME SERVER_PORT SERVER_PROTOCOL
        SERVER_SOFTWARE);
    $header = "CONTENT_LENGTH\0000\0SCGI\0001\0LOOMGATE_REQUEST\0000\0LOOMGATE_NO_BODY\0001\0$header";
    syswrite $one, length($header) . ":$header,";
    my $start = '';
    recv $other, $start, 16, 2;
    ($header) = read_header($other, $start);
    become([$other, $header]);
    %ENV = ();
    open my $null, '>', '/dev/null' or return;
    POSIX::dup2(fileno $null, 1);
}

# By the holder of the token alone. Nothing if there is nothing to wait for any more.
sub wait_for_connection {
    while (getppid == $parent) {
        my $ready = '';
        vec($ready, $_, 1) = 1 for fileno $listener, fileno $stay_in;
        next if select($ready, undef, undef, 5) <= 0;
        if (vec $ready, fileno $listener, 1) {
            my $connection;
            return $connection if getppid == $parent && accept $connection, $listener;
        } elsif (vec $ready, fileno $stay_in, 1) {
            return;
        }
    }
    return;
}

# ---- what the server says

# Does what the server says; true for "stop".
sub obey {
    my $read = sysread $control, $input, 4096, length $input;
    if (!$read) {
        for my $pid (keys %request_of, keys %idle, keys %coming, keys %taking) {
            kill 'KILL', -$pid or kill 'KILL', $pid;
        }
        unlink $socket_path;
        POSIX::_exit(0);
    }
    my $stop = 0;
    hear_children() if $words_in;
    while ($input =~ s/^(\w+)(?: (\d+))?(?: (\d+))?\n//) {
        my ($word, $id, $second) = ($1, $2, $3);
        if ($word eq 'stop') {
            $stop = 1;
            renounce() if $words_in;
        } elsif ($word eq 'spare') {
            ($spares, $limit) = ($id, $second);
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

# What is the parent's alone.
sub leave_parent {
    $is_child = $$;
    setpgrp 0, 0;
    close $control;
    close $notes_in;
    ($control, $notes_in) = ();
    if ($words_in) {
        $SIG{CHLD} = 'DEFAULT';
        # that of what is told to the parent stays open: if it has gone, that is noticed with the next request
        close $stay_out;
    } else {
        close $listener if $listener;
        undef $listener;
    }
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
}

# Makes this process the one that the server would have started for the request.
sub become {
    my ($connection, $header) = @{$_[0]};
    chop $header;
    my %request = split /\0/, $header, -1;
    delete @request{qw(SCGI LOOMGATE_REQUEST)};
    my $words = delete $request{LOOMGATE_ARGUMENTS};
    @ARGV = map { pack 'H*', $_ } split / /, $words if defined $words;
    my $length = $request{CONTENT_LENGTH} || 0;
    delete $request{CONTENT_LENGTH} if delete $request{LOOMGATE_NO_BODY};
    # what BEGIN blocks and modules have changed stays so
    @request{keys %changed} = values %changed;
    delete @request{@removed};
    %ENV = %request;

    my $number = fileno $connection;
    POSIX::dup2($number, 1);
    if ($length > 4096) {
        POSIX::dup2($number, 0);
    } elsif ($length > 0) {
        give_body($connection, $length);
    }
    close $connection;
    srand;
    $! = 0;
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

# ---- many requests in a child
#
# For each request the script is compiled again, and with it every file that is not in a directory of the interpreter's own: so
# their variables are new. The modules of those directories stay loaded, with what they remember. What a process has beside
# variables (standard handles, environment, signals, directory, mask, special variables) is set to what it was. A child that can't
# be made as new ends after its request: one with processes of its own, with another user, priority or limits, with signals blocked,
# one that dies, that has a format for its output, or that calls exit where Perl has no way back.

my (%of_main, %of_interpreter, @own);    # names in main:: that are not the script's, packages that are not, and those that are
my %library;                             # whether a file is in a directory of the interpreter's own
my ($text, $name, $data_at);             # of the script
my %warned;                              # warnings that its compiling has given
my $quiet = 0;                           # whether nobody notices that it is compiled
my ($directory, $mask, @path, %signal, $warn, $errors, $layers, $user, $blocked, $priority, $limits, $locale, $zone);
my ($status, $served, $serving) = (0, 0, 0);

sub expect_many {
    my $path = $ARGV[0];
    open my $file, '<', $path or leave("can't read it: $!");
    # not tainted: perl itself runs it without a look
    ($text) = do { local $/; <$file> } =~ /\A(.*)\z/s;
    close $file;
    one_after_all() if $text =~ /^[^#\n]*\b(?:caller\s*(?:[;()?|&=,}\]]|$)|(?:INIT|CHECK)\s*\{)/m;
    require B;
    no warnings 'once';
    *CORE::GLOBAL::exit = \&leave_script;
    $of_main{$_} = 1 for keys %main::;
    $of_interpreter{$_} = 1 for packages('main::');
}

# Starts over as one whose children have a request each.
sub one_after_all {
    print STDERR "serves one request in each child: it asks for its caller, or has INIT or CHECK blocks\n";
    open my $file, '<', '/proc/self/cmdline' or return;
    my @words = split /\0/, do { local $/; <$file> } =~ /\A(.*)\z/s ? $1 : '', -1;
    pop @words;
    my ($at) = grep { $words[$_] =~ s/^(-MLoomgate::ForkServer=.*),\d+,(\d)\z/$1,1,$2/s } 0 .. $#words or return;
    splice @words, $at + 1, 1;
    ($^X) = $^X =~ /\A(.*)\z/s;
    exec { $^X } @words or return;
}

# In place of exit: the end of the request, if there is a way to it.
sub leave_script (;$) {
    my $with = @_ ? $_[0] : 0;
    if ($serving == $$) {
        $status = $with & 0xFF;
        no warnings 'exiting';
        # out of whatever has called; not out of the block of a sort, which is no error of the script's
        eval { local $SIG{__DIE__}; last LOOMGATE_REQUEST };
    }
    CORE::exit($with);
}

sub packages {
    my @left = @_;
    my (@found, %seen);
    while (defined(my $package = shift @left)) {
        no strict 'refs';
        next if $seen{\%{$package}}++;
        push @found, $package;
        my @below = grep { substr($_, -2) eq '::' && $_ ne 'main::' } keys %{$package} or next;
        push @left, $package eq 'main::' ? @below : map { $package . $_ } @below;
    }
    return @found;
}

# In the parent: compiles the script, for what it uses.
sub load {
    my ($path) = $_[0] =~ /\A(.*)\z/s;
    if ($text =~ /^__(?:END|DATA)__[ \t\r]*\n/m) {
        $data_at = $+[0];
        substr $text, $-[0], length($text), '';
    }
    # a statement or a document that it ends with must not swallow the brace
    $text = "package main; sub Loomgate::ForkServer::main {\n#line 1 \"$path\"\n$text\n;\n\n=pod\n\n=cut\n\n} 1";
    @path = @INC;
    $0 = $name = $path;
    my $compiled = compiled(sub { $warned{$_[0]} = 1; print STDERR $_[0] unless $_[0] =~ /^Variable ".*" will not stay shared/ });
    leave("it can't be compiled: $@") unless $compiled;
    @own = packages('main::');
    # no code but that of the interpreter's own modules runs when it is compiled
    $quiet = $text !~ /\b(?:BEGIN|UNITCHECK)\b/ && !grep { !is_library($INC{$_}) && $_ ne 'Loomgate/ForkServer.pm' } keys %INC;
    forget_end_blocks();
    forget_script();
}

sub compiled {
    my ($warner) = @_;
    my $before = $SIG{__WARN__};
    $SIG{__WARN__} = $warner;
    my $compiled = compile($text);
    # a handler that the script has set stays
    if (ref $SIG{__WARN__} && $SIG{__WARN__} == $warner) {
        defined $before ? $SIG{__WARN__} = $before : delete $SIG{__WARN__};
    }
    return $compiled;
}

sub is_of_interpreter {
    my ($package) = @_;
    return 1 if $of_interpreter{$package};
    (my $file = $package) =~ s{::}{/}g;
    $file =~ s{/\z}{.pm};
    return $of_interpreter{$package} = 1 if is_library($INC{$file});
    no strict 'refs';
    for my $name (keys %{$package}) {
        next if $name =~ /::\z/ || ref \$$package{$name} ne 'GLOB' || !defined *{$$package{$name}}{CODE};
        my $sub = B::svref_2object(*{$$package{$name}}{CODE});
        return $of_interpreter{$package} = 1 if $sub->XSUB || is_library($sub->FILE);
    }
    return 0;
}

sub is_library {
    my ($file) = @_;
    return 0 if !defined $file || ref $file || substr($file, 0, 1) ne '/';
    return $library{$file} //= (grep { index($file, "$_/") == 0 } @libraries) ? 1 : 0;
}

sub prepare_many {
    open $errors, '>&', \*STDERR or die "$!\n";
    $layers = join ' ', PerlIO::get_layers($errors, output => 1);
    ($directory, $mask, $warn, $user) = (POSIX::getcwd(), umask, $^W, "$< $> $( $)");
    ($blocked, $priority, $limits, $locale) = (blocked_signals(), getpriority(0, 0), limits(), POSIX::setlocale(POSIX::LC_ALL()));
    %signal = map { defined $SIG{$_} ? ($_ => $SIG{$_}) : () } keys %SIG;
}

# In a child: the script, for the request that it has become ready for.
sub script {
    no strict 'refs';
    if (defined $data_at && open *{'main::DATA'}, '<', $name) {
        binmode *{'main::DATA'}, ':utf8' if $text =~ /^\s*use\s+utf8\b/m;
        seek *{'main::DATA'}, $data_at, 0;
    }
    $status = 0;
    $served++;
    my $compiled = compiled(sub { print STDERR $_[0] unless $warned{$_[0]} || $_[0] =~ /^(?:Constant subroutine|Subroutine|Format) \S+ redefined/ });
    if (!$compiled) {
        print STDERR $@;
        $status = 255;
        return sub { };
    }
    $serving = $$;
    # its variables and those of subs in it are the same once, as there is no other that has a name
    return \&Loomgate::ForkServer::main;
}

# In a child that waits for its first request: compiles the script for nobody, as is done for each request, and for the reason that
# rehearse has.
sub rehearse_script {
    return unless $quiet;
    compiled(sub { });
    forget_end_blocks();
    forget_script();
    renew();
}

# In a child: ends a request, and itself if it can't have another.
sub end_request {
    $serving = 0;
    # a process that the script has forked, and that has come to the script's end
    CORE::exit($status) if $$ != $is_child;
    run_end_blocks();
    forget_script();
    note_modules() if keys %INC != $loaded;
    $loaded = keys %INC;
    untie *STDOUT;
    my $last = $served >= $most || !can_be_renewed() || !renew();
    leave_quickly($status) if $last;
    # before the end of its output tells the server
    say_word("- $$ $current $status");
    close STDOUT;
    close STDIN;
    # on a file, as for the first request: of a device perl would make two handles, and a copy of it loses what was written before
    open(STDIN, '<', '/dev/null') && open(STDOUT, '>&', $stdout) or leave_quickly(1);
    encode_as_told() if ${^UNICODE};
    ($-, $%) = (0, 0);
    leave_quickly(1) unless fileno STDIN == 0 && fileno STDOUT == 1 && fileno STDERR == 2;
}

# What the switch -C, or PERL_UNICODE, says of the three.
sub encode_as_told {
    return if ${^UNICODE} & 64 && !${^UTF8LOCALE};
    binmode STDIN, ':utf8' if ${^UNICODE} & 1;
    binmode STDOUT, ':utf8' if ${^UNICODE} & 2;
    binmode STDERR, ':utf8' if ${^UNICODE} & 4;
}

sub leave_quickly {
    no warnings 'exec';
    exec { '/' } '';    # fails, after it has flushed all handles
    POSIX::_exit($_[0]);
}

# All END blocks but the one above run; those of the script are gone then.
sub run_end_blocks {
    my $blocks = B::end_av()->object_2svref;    # of bare subs, which can't be copied
    local $? = $status;
    for my $at (0 .. $#$blocks - 1) {
        eval { $blocks->[$at]->(); 1 } or print STDERR $@;
    }
    $status = $? & 0xFF;
    forget_end_blocks();
}

sub forget_end_blocks {
    my $blocks = B::end_av()->object_2svref;
    for my $at (reverse 0 .. $#$blocks - 1) {
        splice @$blocks, $at, 1 unless is_library(B::svref_2object(\$blocks->[$at])->FILE);
    }
}

# Takes away what is the script's of subs and variables. Objects first: their classes may want to see them go.
sub forget_script {
    no strict 'refs';
    undef &Loomgate::ForkServer::main;
    my @new;
    for my $name (grep { !$of_main{$_} && !$of_interpreter{$_} } keys %main::) {
        if (substr($name, -2) eq '::') {
            push @new, packages($name);
        } elsif ($name =~ /\A[A-Za-z_]\w*\z/) {
            forget_data('main::', $name);
            forget_sub('main::', $name);
            delete $main::{$name};
        }
    }
    my %own;
    $own{$_} = 1 for @own, @new;
    my @named;
    for my $package (keys %own) {
        # most are only there because others begin with their names, or because somebody asked for a sub in them
        next unless grep { substr($_, -2) ne '::' } keys %{$package};
        if (is_of_interpreter($package)) {
            delete $own{$package};
        } else {
            push @named, $package;
        }
    }
    @own = keys %own;
    for my $package (@named) {
        forget_data($package, $_) for grep { substr($_, -2) ne '::' } keys %{$package};
    }
    for my $package (@named) {
        my @names = grep { substr($_, -2) ne '::' } keys %{$package};
        my @subs = grep { forget_sub($package, $_) } @names;
        # a name without a sub of the script's may be one that a module knows, which is not loaded yet
        delete @{$package}{@names} if @subs;
    }
    delete @INC{grep { !is_library($INC{$_}) && $_ ne 'Loomgate/ForkServer.pm' } keys %INC};
    CGI->_reset_globals() if defined &{'CGI::_reset_globals'};
}

# What is imported is another's: flags 0x10, 0x20 and 0x40 say so.
sub forget_data {
    my ($package, $name) = @_;
    no strict 'refs';
    return if ref \$$package{$name} ne 'GLOB';
    my $glob = \$$package{$name};
    my ($scalar, $array, $hash) = (*$glob{SCALAR}, *$glob{ARRAY}, *$glob{HASH});
    # most are of subs
    return unless $array || $hash || tied $$scalar || defined $$scalar;
    my $flags = B::svref_2object($glob)->GvFLAGS;
    eval { undef $$scalar } unless $flags & 0x10;
    undef @$array if $array && !($flags & 0x20);
    undef %$hash if $hash && !($flags & 0x40);
}

# A sub that names itself would never go.
sub forget_sub {
    my ($package, $name) = @_;
    no strict 'refs';
    return 0 if ref \$$package{$name} ne 'GLOB' || !defined *{$$package{$name}}{CODE};
    my $sub = *{$$package{$name}}{CODE};
    my $seen = B::svref_2object($sub);
    return 0 if $seen->XSUB || is_library($seen->FILE);
    undef &$sub;
    return 1;
}

# Whether nothing is other than it was that can't be set back, or might come late.
sub can_be_renewed {
    # a handle that a format was written to goes on with that, though it is forgotten
    select STDOUT;
    return $user eq "$< $> $( $)" && waitpid(-1, POSIX::WNOHANG()) == -1 && $priority == getpriority(0, 0)
        && $blocked eq blocked_signals() && (!$INC{'BSD/Resource.pm'} || $limits eq limits())
        && !defined *STDOUT{FORMAT} && "$~ $^ $=" eq 'STDOUT STDOUT_TOP 60';
}

my $none = POSIX::SigSet->new;

sub blocked_signals {
    my $set = POSIX::SigSet->new;
    POSIX::sigprocmask(POSIX::SIG_BLOCK(), $none, $set);
    return join '', map { $set->ismember($_) } 1 .. 31;
}

sub limits {
    open my $file, '<', '/proc/self/limits' or return '';
    local $/;
    return <$file>;
}

# The process as it was; false if that can't be.
sub renew {
    chdir $directory or return 0;
    umask $mask;
    alarm 0;
    if ($INC{'Time/HiRes.pm'}) {
        # the two others of a process: of its own time, and with the system's
        Time::HiRes::setitimer($_, 0) for 1, 2;
    }
    $0 = $name unless $0 eq $name;
    POSIX::setlocale(POSIX::LC_ALL(), $locale) unless POSIX::setlocale(POSIX::LC_ALL()) eq $locale;
    $zone = $ENV{TZ};
    for my $name (keys %SIG) {
        next if defined $signal{$name} ? defined $SIG{$name} && $SIG{$name} eq $signal{$name} : !defined $SIG{$name};
        defined $signal{$name} ? ($SIG{$name} = $signal{$name}) : delete $SIG{$name};
    }
    @INC = @path;
    @ARGV = ();
    $| = 0;
    ($/, $\, $,, $;, $", $^W) = ("\n", undef, undef, "\034", ' ', $warn);
    ($^L, $:, $^A, $^F) = ("\f", " \n-", '', 2);
    ($_, $@) = (undef, '');
    untie *STDIN;
    untie *STDERR;
    return renew_errors();
}

# What is written already goes where it was to go. The handle is a new one if the script has closed it or made another of it.
sub renew_errors {
    my $number = fileno STDERR;
    if (defined $number && $number == 2 && join(' ', PerlIO::get_layers(*STDERR, output => 1)) eq $layers) {
        flush_errors();
        return POSIX::dup2(fileno $errors, 2);
    }
    no warnings 'io';
    close STDERR;
    POSIX::dup2(fileno $errors, 2) && open(STDERR, '>&=', 2) or return 0;
    flush_errors();
    return fileno STDERR == 2;
}

# Now, and from now on after each print, as perl does with the one that it begins with.
sub flush_errors {
    my $old = select STDERR;
    $| = 1;
    select $old;
}

# In a child: waits for another request.
sub next_request {
    my $request = await_request();
    become($request);
    # perl does so before it asks for the time, libraries may not
    POSIX::tzset() if ($zone // "\0") ne ($ENV{TZ} // "\0");
    $^T = time;
    return 1;
}

1;
