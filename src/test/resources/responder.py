"""A server that runs scripts for SCGI or FastCGI: for each request the program SCRIPT_FILENAME, with the meta-variables as its
environment.

    python3 responder.py scgi|fastcgi unix:/path | port

Says "ready PORT" (0 for a path) when it listens. Reads and writes at the same time, and ends a script when the client closes the
connection. Its FastCGI records have odd lengths and padding.
"""
import os
import random
import select
import socket
import struct
import subprocess
import sys
import threading

BEGIN, ABORT, END, PARAMS, STDIN, STDOUT = range(1, 7)


class Scgi:
    """One request; the connection ends with it."""

    def __init__(self, connection):
        self.connection = connection
        self.stream = connection.makefile("rb")

    def request(self):
        """The variables of a request; None if there is none."""
        digits = b""
        while not digits.endswith(b":"):
            byte = self.stream.read(1)
            if not byte:
                return None
            digits += byte
        fields = self.stream.read(int(digits[:-1])).split(b"\0")
        assert self.stream.read(1) == b",", "no comma after the netstring"
        variables = dict(zip(fields[0:-1:2], fields[1::2]))
        assert fields[0] == b"CONTENT_LENGTH" and variables[b"SCGI"] == b"1", fields
        self.left = int(fields[1])
        return variables

    def body(self):
        """The next piece of the body; empty at its end."""
        piece = self.stream.read1(min(self.left, 65536)) if self.left else b""
        if self.left and not piece:
            raise EOFError
        self.left -= len(piece)
        return piece

    def write(self, piece):
        self.connection.sendall(piece)

    def end(self, piece, status):
        """Ends the answer with this piece; whether there may be another request."""
        self.write(piece)
        # not for reading: what is unread when a TCP socket is closed resets the connection, and the answer may be lost
        self.connection.shutdown(socket.SHUT_WR)
        return False


class FastCgi:
    """One request after another."""

    def __init__(self, connection):
        self.connection = connection
        self.stream = connection.makefile("rb")

    def record(self):
        header = self.stream.read(8)
        if len(header) < 8:
            raise EOFError
        version, kind, self.id, length, padding = struct.unpack(">BBHHBx", header)
        assert version == 1
        content = self.stream.read(length)
        self.stream.read(padding)
        return kind, content

    def request(self):
        try:
            kind, content = self.record()
        except EOFError:
            return None
        assert kind == BEGIN and content[:2] == b"\0\1", (kind, content)
        self.keep = content[2] & 1
        self.ended = False
        params = b""
        while True:
            kind, content = self.record()
            assert kind == PARAMS
            if not content:
                break
            params += content
        variables = {}
        at = 0
        while at < len(params):
            lengths = []
            for _ in range(2):
                if params[at] < 128:
                    lengths.append(params[at])
                    at += 1
                else:
                    lengths.append(struct.unpack(">I", params[at:at + 4])[0] & 0x7FFFFFFF)
                    at += 4
            name = params[at:at + lengths[0]]
            at += lengths[0]
            variables[name] = params[at:at + lengths[1]]
            at += lengths[1]
        return variables

    def body(self):
        if self.ended:
            return b""
        kind, content = self.record()
        assert kind == STDIN, kind
        self.ended = not content
        return content

    def write(self, piece):
        self.connection.sendall(self.records(piece))

    def records(self, piece):
        records = b""
        while piece:
            length = random.choice([1, 2, 7, 8, 9, 100, 8191, 40000, 65535])
            part, piece = piece[:length], piece[length:]
            padding = random.choice([0, 0, 1, 7, 255])
            records += struct.pack(">BBHHBx", 1, STDOUT, self.id, len(part), padding) + part + b"p" * padding
        return records

    def end(self, piece, status):
        self.connection.sendall(self.records(piece) + struct.pack(">BBHHBx", 1, STDOUT, self.id, 0, 0)
                                + struct.pack(">BBHHBxIB3x", 1, END, self.id, 8, 0, 0 if status < 0 else status, 0))
        return self.keep and self.ended


def feed(protocol, script, done):
    """Gives the script its body, then waits for the client to leave."""
    try:
        while piece := protocol.body():
            try:
                script.stdin.write(piece)
            except OSError:
                pass
        script.stdin.close()
    except (EOFError, OSError):
        script.kill()
        return
    while not done.is_set():
        readable, _, _ = select.select([protocol.connection], [], [], 0.02)
        if readable and not done.is_set():
            try:
                gone = not protocol.connection.recv(1, socket.MSG_PEEK)
            except OSError:
                gone = True
            if gone:
                script.kill()
                return
            done.wait(0.01)


def answer(protocol, variables):
    program = variables[b"SCRIPT_FILENAME"]
    script = subprocess.Popen([program], env=variables, cwd=os.path.dirname(program), bufsize=0,
                              stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    done = threading.Event()
    feeding = threading.Thread(target=feed, args=(protocol, script, done), daemon=True)
    feeding.start()
    try:
        output = script.stdout.fileno()
        piece = os.read(output, 65536)
        while piece:
            # the end comes with the last piece, if it comes soon
            more, _, _ = select.select([output], [], [], 0.02)
            following = os.read(output, 65536) if more else None
            if following == b"":
                break
            protocol.write(piece)
            piece = following if more else os.read(output, 65536)
        status = 0 if isinstance(protocol, Scgi) else script.wait()
        done.set()
        more = protocol.end(piece, status)
        if isinstance(protocol, FastCgi) and not more:
            protocol.connection.shutdown(socket.SHUT_WR)
        return more
    except OSError:
        script.kill()
        return False
    finally:
        done.set()
        script.wait()
        feeding.join()


def serve(protocol):
    try:
        with protocol.connection, protocol.stream:
            while (variables := protocol.request()) and answer(protocol, variables):
                pass
    except (EOFError, OSError):
        pass


def main(kind, place):
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
        threading.Thread(target=serve, args=({"scgi": Scgi, "fastcgi": FastCgi}[kind](connection),), daemon=True).start()


main(*sys.argv[1:])
