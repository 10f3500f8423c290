#!/usr/bin/perl -w
# The pet community with CGI.pm.
use strict;
use utf8;
use CGI qw(-utf8);
use Fcntl qw(F_SETLKW F_WRLCK SEEK_SET);
use File::Basename qw(dirname);
use IO::Handle;
use POSIX qw(strftime);

my $data = dirname($0) . '/../data';
my $most_shown = 50;
my @sites = (
    ['/cgi-bin/pet.pl', 'Perl'], ['/cgi-bin/pet.py', 'Python'], ['/php/pet.php', 'PHP'], ['/cgi-bin/pet-java.cgi', 'Java main'],
    ['/cgi-bin/pet', 'Java main, hosted'], ['/pets', 'Java Handler'], ['/pet-servlet/', 'Servlet'],
    ['/api/pets', 'REST'], ['/cgi-bin/status.sh', 'Status'],
);

binmode STDOUT, ':encoding(UTF-8)';
$CGI::POST_MAX = 64 * 1024;
$CGI::DISABLE_UPLOADS = 1;
my $q = CGI->new;
$q->charset('utf-8');
my $script = $q->script_name;
my $method = $q->request_method;

if ($q->cgi_error) {
    print $q->header(-type => 'text/plain', -status => $q->cgi_error), $q->cgi_error, "\n";
} elsif ($method eq 'GET' || $method eq 'HEAD') {
    print $q->header('text/html');
    print_page();
} elsif ($method ne 'POST') {
    print $q->header(-type => 'text/plain', -status => '405 Method Not Allowed', -allow => 'GET, HEAD, POST');
    print "Look with GET, add and feed with POST.\n";
} else {
    my ($id, @problems) = field('action') eq 'feed' ? feed(field('id')) : add(field('name'), field('species'), field('note'));
    if (@problems) {
        print $q->header(-type => 'text/html', -status => '400 Bad Request');
        print_page(@problems);
    } else {
        print $q->redirect(-uri => "$script#pet-$id", -status => '303 See Other');
    }
}

# A form field with every run of white space and control characters made one space: it fits into a field of a line.
sub field {
    my $text = $q->param($_[0]);
    $text = '' unless defined $text;
    $text =~ s/[\s\p{Cc}]+/ /g;
    $text =~ s/^ | $//g;
    return $text;
}

sub feed {
    my ($id) = @_;
    my $found;
    change(sub {
        my ($book) = @_;
        ($found) = grep { $_->{id} eq $id } @{$book->{pets}};
        $found->{fed}++ if $found;
        return $found;
    });
    return $found ? ($id) : (0, 'There is no such pet.');
}

sub add {
    my ($name, $species, $note) = @_;
    my @problems = (check('name', $name, 1, 40), check('species', $species, 1, 20), check('note', $note, 0, 200));
    return (0, @problems) if @problems;
    my $id;
    change(sub {
        my ($book) = @_;
        $id = $book->{next}++;
        push @{$book->{pets}}, {id => $id, name => $name, species => $species, note => $note, fed => 0,
            added => strftime('%Y-%m-%dT%H:%M:%SZ', gmtime)};
    });
    return ($id);
}

sub check {
    my ($field, $text, $least, $most) = @_;
    my $length = length $text;
    return "The $field is missing." if $length < $least;
    return "The $field has $length characters, at most $most are allowed." if $length > $most;
    return;
}

# The data file: #pets, serial number and next id in the first line, then a pet a line. It is always whole, because it is
# only ever replaced; before the first change there is only the seed.
sub read_book {
    my $in;
    open $in, '<:encoding(UTF-8)', "$data/pets.tsv"
        or $!{ENOENT} && open $in, '<:encoding(UTF-8)', "$data/pets.seed.tsv"
        or die "Can't read $data/pets.tsv: $!\n";
    my %book = (pets => []);
    while (my $line = <$in>) {
        chomp $line;
        my @fields = split /\t/, $line, -1;
        if ($. == 1) {
            die "$data/pets.tsv line 1: expected #pets, serial number and next id\n"
                unless @fields == 3 && $fields[0] eq '#pets';
            @book{qw(serial next)} = @fields[1, 2];
        } else {
            die "$data/pets.tsv line $.: " . @fields . " fields, expected 6\n" unless @fields == 6;
            my %pet;
            @pet{qw(id name species note fed added)} = @fields;
            push @{$book{pets}}, \%pet;
        }
    }
    close $in or die "Can't read $data/pets.tsv: $!\n";
    return \%book;
}

# Changes the data file while no other program does. The lock is the POSIX one, which Python's lockf and Java's
# FileChannel.lock take too; Perl's flock would not see theirs. It ends with the process or when the file is closed.
sub change {
    my ($change) = @_;
    open my $lock, '>>', "$data/pets.lock" or die "Can't open $data/pets.lock: $!\n";
    my $whole_file = pack 's s x![l!] l! l! i x![l!]', F_WRLCK, SEEK_SET, 0, 0, 0;    # struct flock of Linux
    fcntl $lock, F_SETLKW, $whole_file or die "Can't lock $data/pets.lock: $!\n";
    my $book = read_book();
    write_book($book) if $change->($book);
    close $lock;
}

sub write_book {
    my ($book) = @_;
    open my $out, '>:encoding(UTF-8)', "$data/pets.tsv.new" or die "Can't write $data/pets.tsv.new: $!\n";
    print $out join("\t", '#pets', $book->{serial} + 1, $book->{next}), "\n";
    print $out join("\t", @$_{qw(id name species note fed added)}), "\n" for @{$book->{pets}};
    # on the disk before the rename, or a power cut could leave the new name with no content
    $out->flush && $out->sync && close $out or die "Can't write $data/pets.tsv.new: $!\n";
    rename "$data/pets.tsv.new", "$data/pets.tsv" or die "Can't replace $data/pets.tsv: $!\n";
}

sub print_page {
    my @problems = map { '<p class="problem" role="alert">' . $q->escapeHTML($_) . "</p>\n" } @_;
    my @pets = reverse @{read_book()->{pets}};
    my $count = @pets;
    my $newest = $count > $most_shown ? "<p>These are the newest $most_shown.</p>\n" : '';
    splice @pets, $most_shown if $count > $most_shown;
    my $action = $q->escapeHTML($script);
    my ($name, $species, $note) = map { @problems ? $q->escapeHTML(field($_)) : '' } qw(name species note);
    my @links = map {
        my ($href, $text) = @$_;
        my $current = $href eq $script ? ' aria-current="page"' : '';
        "<a href=\"$href\"$current>$text</a>\n";
    } @sites;
    my @items = map { item($_, $action) } @pets;
    print <<"HTML";
<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Pet community</title>
<link rel="icon" href="/favicon.svg" type="image/svg+xml">
<link rel="stylesheet" href="/style.css">
</head>
<body>
<header>
<a class="home" href="/">Loomgate</a>
<h1>Pet community</h1>
<p>Served by <strong>pet.pl</strong>, a Perl script with <code>CGI.pm</code>.</p>
<nav>
@{[join '', @links]}</nav>
</header>
<main>
<form class="add" method="post" action="$action">
@{[join '', @problems]}<input type="hidden" name="action" value="add">
<label>Name <input name="name" required maxlength="40" autocomplete="off" value="$name"></label>
<label>Species <input name="species" required maxlength="20" autocomplete="off" value="$species"></label>
<label class="wide">Note <input name="note" maxlength="200" autocomplete="off" value="$note"></label>
<button>Add pet</button>
</form>
<h2>$count pets</h2>
<ul class="pets">
@{[join '', @items]}</ul>
$newest</main>
</body>
</html>
HTML
}

sub item {
    my ($pet, $action) = @_;
    my ($id, $name, $species, $note, $fed, $added) = map { $q->escapeHTML($_) } @$pet{qw(id name species note fed added)};
    my $times = $fed == 1 ? 'time' : 'times';
    $added =~ s/T.*//;
    return <<"HTML";
<li id="pet-$id">
<h3>$name <small>$species</small></h3>
<p>$note</p>
<form method="post" action="$action">
<input type="hidden" name="action" value="feed">
<input type="hidden" name="id" value="$id">
<button aria-label="Feed $name">Feed</button> <span>fed $fed $times, here since $added</span>
</form>
</li>
HTML
}
