#!/usr/bin/env python3
"""The pet community in Python, without the cgi module that Python 3.13 removed."""
import fcntl
import os
import re
import sys
from datetime import datetime, timezone
from html import escape
from urllib.parse import parse_qs

DATA = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "data")
MOST_BYTES = 64 * 1024
MOST_SHOWN = 50
SITES = (
    ("/cgi-bin/pet.pl", "Perl"), ("/cgi-bin/pet.py", "Python"), ("/php/pet.php", "PHP"), ("/cgi-bin/pet-java.cgi", "Java main"),
    ("/cgi-bin/pet", "Java main, hosted"), ("/pets", "Java Handler"), ("/pet-servlet/", "Servlet"),
    ("/api/pets", "REST"), ("/cgi-bin/status.sh", "Status"),
)
FIELDS = ("id", "name", "species", "note", "fed", "added")


def main():
    script = os.environ.get("SCRIPT_NAME", "")
    method = os.environ.get("REQUEST_METHOD", "GET")
    if method in ("GET", "HEAD"):
        return respond("200 OK", page(script, {}, []))
    if method != "POST":
        return respond("405 Method Not Allowed", "Look with GET, add and feed with POST.\n",
                       "Content-Type: text/plain", "Allow: GET, HEAD, POST")
    length = int(os.environ.get("CONTENT_LENGTH") or 0)
    if length > MOST_BYTES:
        return respond("413 Content Too Large", "The form is too large.\n", "Content-Type: text/plain")
    form = read_form(sys.stdin.buffer.read(length))
    if form.get("action") == "feed":
        pet = feed(form.get("id", ""))
        problems = [] if pet else ["There is no such pet."]
    else:
        problems = find_problems(form)
        pet = None if problems else add(form)
    if problems:
        return respond("400 Bad Request", page(script, form, problems))
    return respond("303 See Other", "", f"Location: {script}#pet-{pet['id']}")


def respond(status, body, *fields):
    head = [f"Status: {status}", *(fields or ["Content-Type: text/html; charset=utf-8"]), "", ""]
    sys.stdout.buffer.write("\r\n".join(head).encode() + body.encode())
    sys.stdout.buffer.flush()


def read_form(body):
    """First value of each field, with runs of white space and control characters made one space: fit for a line."""
    form = parse_qs(body.decode("latin-1"), encoding="utf-8", errors="replace")
    return {name: re.sub(r"[\s\x00-\x1f\x7f-\x9f]+", " ", values[0]).strip() for name, values in form.items()}


def find_problems(form):
    problems = []
    for field, least, most in (("name", 1, 40), ("species", 1, 20), ("note", 0, 200)):
        length = len(form.get(field, ""))
        if length < least:
            problems.append(f"The {field} is missing.")
        elif length > most:
            problems.append(f"The {field} has {length} characters, at most {most} are allowed.")
    return problems


def add(form):
    def change(book):
        pet = {"id": str(book["next"]), "name": form["name"], "species": form["species"], "note": form.get("note", ""),
               "fed": "0", "added": datetime.now(timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")}
        book["next"] += 1
        book["pets"].append(pet)
        return pet
    return update(change)


def feed(pet_id):
    def change(book):
        for pet in book["pets"]:
            if pet["id"] == pet_id:
                pet["fed"] = str(int(pet["fed"]) + 1)
                return pet
        return None
    return update(change)


def read_book():
    """The data file: #pets, serial number and next id in the first line, then a pet a line. It is always whole, because
    it is only ever replaced; before the first change there is only the seed."""
    path = os.path.join(DATA, "pets.tsv")
    try:
        file = open(path, encoding="utf-8", newline="\n")
    except FileNotFoundError:
        file = open(os.path.join(DATA, "pets.seed.tsv"), encoding="utf-8", newline="\n")
    with file:
        lines = [line.rstrip("\n").split("\t") for line in file]
    if not lines or len(lines[0]) != 3 or lines[0][0] != "#pets":
        raise ValueError(f"{path} line 1: expected #pets, serial number and next id")
    for number, fields in enumerate(lines[1:], 2):
        if len(fields) != len(FIELDS):
            raise ValueError(f"{path} line {number}: {len(fields)} fields, expected {len(FIELDS)}")
    return {"serial": int(lines[0][1]), "next": int(lines[0][2]), "pets": [dict(zip(FIELDS, line)) for line in lines[1:]]}


def update(change):
    """Changes the data file while no other program does. The lock is the POSIX one, which Perl's fcntl and Java's
    FileChannel.lock take too; fcntl.flock would not see theirs. It ends with the process or when the file is closed."""
    with open(os.path.join(DATA, "pets.lock"), "ab") as lock:
        fcntl.lockf(lock, fcntl.LOCK_EX)
        book = read_book()
        changed = change(book)
        if changed:
            write_book(book)
        return changed


def write_book(book):
    new = os.path.join(DATA, "pets.tsv.new")
    with open(new, "w", encoding="utf-8", newline="\n") as out:
        out.write(f"#pets\t{book['serial'] + 1}\t{book['next']}\n")
        for pet in book["pets"]:
            out.write("\t".join(pet[field] for field in FIELDS) + "\n")
        # on the disk before the rename, or a power cut could leave the new name with no content
        out.flush()
        os.fsync(out.fileno())
    os.replace(new, os.path.join(DATA, "pets.tsv"))


def page(script, form, problems):
    pets = read_book()["pets"]
    name, species, note = (escape(form.get(field, "")) for field in ("name", "species", "note"))
    current = ' aria-current="page"'
    links = "".join(f'<a href="{href}"{current if href == script else ""}>{text}</a>\n' for href, text in SITES)
    alerts = "".join(f'<p class="problem" role="alert">{escape(problem)}</p>\n' for problem in problems)
    items = "".join(item(script, pet) for pet in reversed(pets[-MOST_SHOWN:]))
    newest = f"<p>These are the newest {MOST_SHOWN}.</p>\n" if len(pets) > MOST_SHOWN else ""
    return f"""<!DOCTYPE html>
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
<p>Served by <strong>pet.py</strong>, a Python script with nothing but the standard library.</p>
<nav>
{links}</nav>
</header>
<main>
<form class="add" method="post" action="{escape(script)}">
{alerts}<input type="hidden" name="action" value="add">
<label>Name <input name="name" required maxlength="40" autocomplete="off" value="{name}"></label>
<label>Species <input name="species" required maxlength="20" autocomplete="off" value="{species}"></label>
<label class="wide">Note <input name="note" maxlength="200" autocomplete="off" value="{note}"></label>
<button>Add pet</button>
</form>
<h2>{len(pets)} pets</h2>
<ul class="pets">
{items}</ul>
{newest}</main>
</body>
</html>
"""


def item(script, pet):
    name = escape(pet["name"])
    times = "time" if pet["fed"] == "1" else "times"
    since = escape(pet["added"].split("T")[0])
    return f"""<li id="pet-{pet["id"]}">
<h3>{name} <small>{escape(pet["species"])}</small></h3>
<p>{escape(pet["note"])}</p>
<form method="post" action="{escape(script)}">
<input type="hidden" name="action" value="feed">
<input type="hidden" name="id" value="{pet["id"]}">
<button aria-label="Feed {name}">Feed</button> <span>fed {pet["fed"]} {times}, here since {since}</span>
</form>
</li>
"""


if __name__ == "__main__":
    main()
