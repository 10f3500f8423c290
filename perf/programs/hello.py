#!/usr/bin/python3
"""A CGI script with the imports that most have."""
import html
import json  # noqa: F401, unused here: scripts import it, and pay for it
import os
import urllib.parse

query = urllib.parse.parse_qs(os.environ.get("QUERY_STRING", ""))
name = html.escape(query.get("name", ["World"])[0])
print("Content-Type: text/plain\r\n\r\n", end="")
print(f"Hello, {name}!", end="")
