"""An SCGI server that runs scripts: for each request the program SCRIPT_FILENAME, with the header as its environment.

    python3 scgi_responder.py unix:/path | port

Says "ready PORT" (0 for a path) when it listens. Ends a script when the client closes the connection.
"""
import os
import socket
import subprocess
import sys
import threading


def netstring(stream):
    digits = b""
    while not digits.endswith(b":"):
        byte = stream.read(1)
        if not byte:
            raise EOFError
        digits += byte
    text = stream.read(int(digits[:-1]))
    if stream.read(1) != b",":
        raise ValueError("no comma after the netstring")
    return text


def feed(stream, length, script):
    """Gives the script its body, then waits for the client to leave."""
    try:
        while length > 0:
            piece = stream.read1(min(length, 65536))
            if not piece:
                script.kill()
                return
            length -= len(piece)
            script.stdin.write(piece)
        script.stdin.close()
    except OSError:
        pass
    try:
        while stream.read1(65536):
            pass
    except OSError:
        pass
    script.kill()


def serve(connection):
    try:
        with connection, connection.makefile("rb") as stream:
            fields = netstring(stream).split(b"\0")
            variables = dict(zip(fields[0:-1:2], fields[1::2]))
            assert fields[0] == b"CONTENT_LENGTH" and variables[b"SCGI"] == b"1", fields
            program = variables[b"SCRIPT_FILENAME"]
            script = subprocess.Popen([program], env=variables, cwd=os.path.dirname(program), bufsize=0,
                                      stdin=subprocess.PIPE, stdout=subprocess.PIPE)
            feeding = threading.Thread(target=feed, args=(stream, int(fields[1]), script), daemon=True)
            feeding.start()
            try:
                while piece := os.read(script.stdout.fileno(), 65536):
                    connection.sendall(piece)
            except OSError:
                script.kill()
            finally:
                try:
                    connection.shutdown(socket.SHUT_RDWR)
                except OSError:
                    pass
                script.wait()
                feeding.join()
    except (EOFError, OSError):
        pass


def main(place):
    if place.startswith("unix:"):
        listener = socket.socket(socket.AF_UNIX)
        listener.bind(place[5:])
    else:
        listener = socket.socket()
        listener.bind(("127.0.0.1", int(place)))
    listener.listen(100)
    print("ready", listener.getsockname()[1] if listener.family == socket.AF_INET else 0, flush=True)
    while True:
        connection, _ = listener.accept()
        threading.Thread(target=serve, args=(connection,), daemon=True).start()


main(sys.argv[1])
