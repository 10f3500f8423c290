<?php
# The pet community in plain PHP: no framework, HTML and code side by side.

$data = __DIR__ . '/../data';
$most_shown = 50;
$sites = [
    ['/cgi-bin/pet.pl', 'Perl'], ['/cgi-bin/pet.py', 'Python'], ['/php/pet.php', 'PHP'], ['/cgi-bin/pet-java.cgi', 'Java main'],
    ['/cgi-bin/pet', 'Java main, hosted'], ['/pets', 'Java Handler'], ['/pet-servlet/', 'Servlet'],
    ['/api/pets', 'REST'], ['/cgi-bin/status.sh', 'Status'],
];
$script = $_SERVER['SCRIPT_NAME'];
$method = $_SERVER['REQUEST_METHOD'];

if ($method === 'GET' || $method === 'HEAD') {
    print_page([]);
} elseif ($method !== 'POST') {
    http_response_code(405);
    header('Allow: GET, HEAD, POST');
    header('Content-Type: text/plain; charset=utf-8');
    echo "Look with GET, add and feed with POST.\n";
} elseif ((int) ($_SERVER['CONTENT_LENGTH'] ?? 0) > 64 * 1024) {
    http_response_code(413);
    header('Content-Type: text/plain; charset=utf-8');
    echo "That is too long for a pet.\n";
} else {
    [$id, $problems] = field('action') === 'feed' ? feed(field('id')) : add(field('name'), field('species'), field('note'));
    if ($problems) {
        http_response_code(400);
        print_page($problems);
    } else {
        header("Location: $script#pet-$id", true, 303);
    }
}

# A form field with every run of white space and control characters made one space: it fits into a field of a line.
function field($name)
{
    $text = is_string($_POST[$name] ?? null) ? $_POST[$name] : '';
    $text = preg_match('//u', $text) ? $text : preg_replace('/[^ -~]/', '?', $text);
    return trim(preg_replace('/[\s\p{Cc}]+/u', ' ', $text), ' ');
}

function feed($id)
{
    $found = false;
    change(function (&$book) use ($id, &$found) {
        foreach ($book['pets'] as &$pet) {
            if ($pet['id'] === $id) {
                $pet['fed']++;
                $found = true;
            }
        }
        return $found;
    });
    return $found ? [$id, []] : [0, ['There is no such pet.']];
}

function add($name, $species, $note)
{
    $problems = array_merge(check('name', $name, 1, 40), check('species', $species, 1, 20), check('note', $note, 0, 200));
    if ($problems) {
        return [0, $problems];
    }
    $id = 0;
    change(function (&$book) use ($name, $species, $note, &$id) {
        $id = $book['next']++;
        $book['pets'][] = ['id' => $id, 'name' => $name, 'species' => $species, 'note' => $note, 'fed' => 0,
            'added' => gmdate('Y-m-d\TH:i:s\Z')];
        return true;
    });
    return [$id, []];
}

function check($field, $text, $least, $most)
{
    $length = iconv_strlen($text, 'UTF-8');
    if ($length < $least) {
        return ["The $field is missing."];
    }
    return $length > $most ? ["The $field has $length characters, at most $most are allowed."] : [];
}

# The data file: #pets, serial number and next id in the first line, then a pet a line. It is always whole, because it is only
# ever replaced; before the first change there is only the seed.
function read_book()
{
    global $data;
    $text = @file_get_contents("$data/pets.tsv");
    if ($text === false) {
        $text = file_get_contents("$data/pets.seed.tsv");
    }
    $lines = explode("\n", rtrim($text, "\n"));
    $first = explode("\t", array_shift($lines));
    if (count($first) !== 3 || $first[0] !== '#pets') {
        throw new Exception("$data/pets.tsv line 1: expected #pets, serial number and next id");
    }
    $pets = [];
    foreach ($lines as $number => $line) {
        $fields = explode("\t", $line);
        if (count($fields) !== 6) {
            throw new Exception("$data/pets.tsv line " . ($number + 2) . ': ' . count($fields) . ' fields, expected 6');
        }
        $pets[] = array_combine(['id', 'name', 'species', 'note', 'fed', 'added'], $fields);
    }
    return ['serial' => $first[1], 'next' => $first[2], 'pets' => $pets];
}

# Changes the data file while no other program does. The lock is the POSIX one, which the others take; PHP's flock is another and
# would not see theirs, so this asks the C library for it (lockf, command F_LOCK). It ends when the file is closed.
function change($change)
{
    global $data;
    static $libc = null;
    $libc ??= FFI::cdef('int open(const char *path, int flags, ...); int lockf(int file, int command, long length); int close(int);');
    $lock = $libc->open("$data/pets.lock", 0102 /* O_RDWR | O_CREAT */, 0666);
    if ($lock < 0 || $libc->lockf($lock, 1, 0) !== 0) {
        throw new Exception("Can't lock $data/pets.lock");
    }
    try {
        $book = read_book();
        if ($change($book)) {
            write_book($book);
        }
    } finally {
        $libc->close($lock);
    }
}

function write_book($book)
{
    global $data;
    $text = "#pets\t" . ($book['serial'] + 1) . "\t" . $book['next'] . "\n";
    foreach ($book['pets'] as $pet) {
        $text .= implode("\t", $pet) . "\n";
    }
    $out = fopen("$data/pets.tsv.new", 'w');
    # on the disk before the rename, or a power cut could leave the new name with no content
    if (!$out || fwrite($out, $text) !== strlen($text) || !fsync($out) || !fclose($out)
            || !rename("$data/pets.tsv.new", "$data/pets.tsv")) {
        throw new Exception("Can't write $data/pets.tsv");
    }
}

function h($text)
{
    return htmlspecialchars($text, ENT_QUOTES | ENT_SUBSTITUTE, 'UTF-8');
}

function print_page($problems)
{
    global $sites, $script, $most_shown;
    $pets = array_reverse(read_book()['pets']);
    header('Content-Type: text/html; charset=utf-8');
    ?>
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
<p>Served by <strong>pet.php</strong>, a plain PHP script.</p>
<nav>
<?php foreach ($sites as [$href, $text]): ?>
<a href="<?= $href ?>"<?= $href === $script ? ' aria-current="page"' : '' ?>><?= $text ?></a>
<?php endforeach ?>
</nav>
</header>
<main>
<form class="add" method="post" action="<?= h($script) ?>">
<?php foreach ($problems as $problem): ?>
<p class="problem" role="alert"><?= h($problem) ?></p>
<?php endforeach ?>
<input type="hidden" name="action" value="add">
<label>Name <input name="name" required maxlength="40" autocomplete="off" value="<?= $problems ? h(field('name')) : '' ?>"></label>
<label>Species <input name="species" required maxlength="20" autocomplete="off" value="<?= $problems ? h(field('species')) : '' ?>"></label>
<label class="wide">Note <input name="note" maxlength="200" autocomplete="off" value="<?= $problems ? h(field('note')) : '' ?>"></label>
<button>Add pet</button>
</form>
<h2><?= count($pets) ?> pets</h2>
<ul class="pets">
<?php foreach (array_slice($pets, 0, $most_shown) as $pet): ?>
<li id="pet-<?= h($pet['id']) ?>">
<h3><?= h($pet['name']) ?> <small><?= h($pet['species']) ?></small></h3>
<p><?= h($pet['note']) ?></p>
<form method="post" action="<?= h($script) ?>">
<input type="hidden" name="action" value="feed">
<input type="hidden" name="id" value="<?= h($pet['id']) ?>">
<button aria-label="Feed <?= h($pet['name']) ?>">Feed</button> <span>fed <?= h($pet['fed']) ?> <?= $pet['fed'] == 1 ? 'time' : 'times'
?>, here since <?= h(substr($pet['added'], 0, 10)) ?></span>
</form>
</li>
<?php endforeach ?>
</ul>
<?php if (count($pets) > $most_shown): ?>
<p>These are the newest <?= $most_shown ?>.</p>
<?php endif ?>
</main>
</body>
</html>
<?php
}
