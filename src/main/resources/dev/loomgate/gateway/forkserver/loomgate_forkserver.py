"""Turns an unmodified CGI script into a fork server:
python3 [switches] loomgate_forkserver.py SOCKET CONTROL GRACE MOST AHEAD script.py

The script is compiled, and what it imports at its top is imported. Each connection to SOCKET then brings a request in SCGI; a child
is forked for it, whose standard output is the connection, and runs the script as __main__, as a fresh interpreter would.
The parent runs nothing of the script.

CONTROL is where the server listens that started this program. Lines from here: "file PATH" for each file that was loaded, then
"ready" ("ready counting" where children are not one for each request: then "forked" for each child) or "refused REASON"; "exit ID
STATUS" or "killed ID SIGNAL" for a child that did not end well, or was asked for. Lines from there: "status ID", "kill ID", "alive"
(answered with "alive ID ID ..."), "spare COUNT LIMIT", "stop". When the connection ends, so does all.

A child serves MOST requests before it ends; see "many requests in a child" for what each of them finds fresh. Where AHEAD is 1,
"spare" may ask for COUNT children that wait for a request, as long as there are no more than LIMIT in all.
"""
# Whatever is imported here could hide a module of the script's own that has the same name, so it is forgotten below.
import os
import sys

_known = set(sys.modules)

import _socket
import gc
import posix
import select
import time

ONLY_AST = 0x400
BODY_IN_PIPE = 4096
# what a child that serves many requests imports for itself
OWN = ("_contextvars", "_locale")
# milliseconds in which nothing happens: then a child is forked ahead, and the requests of a burst come first
PAUSE = 5


class Refusal(Exception):
    pass


# ---- loading


class Script:
    """The script, compiled, with its imports done."""

    def __init__(self, path):
        self.path = path
        with open(path, "rb") as file:
            source = file.read()
        # as where the interpreter was told to be safe (-I, -P), no directory of a script is searched
        if not (sys.flags.isolated or getattr(sys.flags, "safe_path", False)):
            sys.path[0] = os.path.dirname(os.path.realpath(path))
        sys.argv[:] = [path]
        try:
            self.code = compile(source, path, "exec", 0, True)
            tree = compile(source, path, "exec", ONLY_AST, True)
        except (SyntaxError, ValueError) as e:
            raise Refusal("it can't be compiled: %s" % e)
        for names in imports_of(tree):
            preload(*names)

    @classmethod
    def empty(cls, other):
        """With the name of another, and nothing to do."""
        script = cls.__new__(cls)
        script.path, script.code = other.path, compile("", other.path, "exec", 0, True)
        return script

    def module(self):
        module = type(sys)("__main__")
        module.__dict__.update(__builtins__=sys.modules["builtins"], __file__=self.path, __cached__=None,
                               __loader__=_loader("__main__", self.path))
        if sys.version_info < (3, 14):
            module.__dict__["__annotations__"] = {}
        return module


def _loader(name, path):
    return sys.modules["_frozen_importlib_external"].SourceFileLoader(name, path)


def imports_of(tree):
    """Modules to import before the script runs: (module, names to take from it), in order.

    Only such as stand at the script's top, or there in a "try". After the first statement that does more than define something,
    which may change what a later import does, only modules of the standard library; after one that may change where modules come
    from, none."""
    stage = 0
    for statement in tree.body:
        kind = type(statement).__name__
        if kind == "Try":
            found = [part for part in statement.body if type(part).__name__ in ("Import", "ImportFrom")]
            others = [part for part in statement.body + statement.orelse + statement.finalbody if part not in found]
        elif kind in ("Import", "ImportFrom"):
            found, others = [statement], []
        else:
            found, others = [], [statement]
        for one in found:
            for name in _modules(one):
                if stage == 0 or stage == 1 and name[0].split(".")[0] in getattr(sys, "stdlib_module_names", ()):
                    yield name
        for other in others:
            stage = max(stage, _effect(other))


def _modules(statement):
    if type(statement).__name__ == "Import":
        return [(alias.name, ()) for alias in statement.names]
    if statement.level or statement.module == "__future__":
        return []
    return [(statement.module, tuple(alias.name for alias in statement.names))]


def _effect(statement):
    """0 for what only defines, 1 for what may do something, 2 for what may change where modules come from."""
    kind = type(statement).__name__
    if kind in ("FunctionDef", "AsyncFunctionDef") and not statement.decorator_list:
        return 0
    if kind == "If" and _is_main_check(statement.test):
        return 0
    effect = 0
    stack = [statement]
    while stack:
        node = stack.pop()
        kind = type(node).__name__
        if kind in ("FunctionDef", "AsyncFunctionDef", "Lambda"):
            stack.extend(getattr(node, "decorator_list", ()))
            continue
        if kind in ("Call", "Delete", "AugAssign", "Raise", "Global", "Await", "Yield", "Import", "ImportFrom"):
            effect = max(effect, 1)
        if kind in ("Attribute", "Subscript") and type(node.ctx).__name__ != "Load":
            effect = max(effect, 1)
        if kind == "Attribute" and node.attr in ("path", "modules", "meta_path", "path_hooks", "addsitedir", "chdir"):
            is_os_path = node.attr == "path" and type(node.value).__name__ == "Name" and node.value.id != "sys"
            effect = max(effect, 0 if is_os_path else 2)
        for field in node._fields:
            value = getattr(node, field, None)
            if isinstance(value, list):
                stack.extend(item for item in value if hasattr(item, "_fields"))
            elif hasattr(value, "_fields"):
                stack.append(value)
    return effect


def _is_main_check(test):
    return type(test).__name__ == "Compare" and type(test.left).__name__ == "Name" and test.left.id == "__name__"


def preload(module, names):
    try:
        __import__(module)
    except Exception:
        # the script's own import says what is wrong, to whoever asked for it
        return
    for name in names:
        if name != "*" and not hasattr(sys.modules.get(module), name):
            try:
                __import__(module + "." + name)
            except Exception:
                pass


def files():
    found = []
    for module in list(sys.modules.values()):
        name = getattr(module, "__file__", None)
        if isinstance(name, str) and "\n" not in name and name != __file__:
            found.append(name)
    return found


# ---- the parent


class Parent:
    def __init__(self, control, grace, most):
        self.control = control
        self.grace = grace
        self.most = most
        self.input = b""
        self.listener = None
        self.request_of = {}
        self.process_of = {}
        self.asked = set()
        self.killed = {}
        # requests that are to end before they have come, and when that is forgotten
        self.unwanted = {}
        self.stopping = False
        self.waiting = {}
        self.known = set()
        # children that wait for a request, those that were forked ahead and will, and those that have got a connection without one
        self.idle = set()
        self.coming = set()
        self.taking = set()
        self.spares = self.limit = 0
        self.not_before = 0.0
        self.fewest = 0
        self.looked = time.monotonic()
        self.heard = b""
        self.words_in = None
        self.notes_in, self.notes_out = os.pipe()
        os.set_blocking(self.notes_in, False)
        os.set_blocking(self.notes_out, False)

    def tell(self, line):
        try:
            # no SIGPIPE and no wait; if the server has gone, the next read tells
            self.control.send(os.fsencode(line) + b"\n", 0x4000)
        except OSError:
            pass

    def listen(self, path):
        self.path = path
        new = "%s.%d" % (path, os.getpid())
        self.listener = _socket.socket(_socket.AF_UNIX, _socket.SOCK_STREAM)
        self.listener.bind(new)
        self.listener.listen(65535)
        self.listener.setblocking(False)
        # whoever connects meanwhile still reaches the program that listened here before
        os.rename(new, path)

    def expect_idle(self):
        """For children that wait for requests: pipes for what they tell, for the token of the one who may accept, for the end of
        their waiting, which is that of the third pipe, and for the end of any of them."""
        import _signal
        self.signal = _signal
        self.words_in, self.words_out = os.pipe()
        self.token_in, self.token_out = os.pipe()
        self.stay_in, self.stay_out = os.pipe()
        self.ends_in, self.ends_out = os.pipe()
        for number in (self.words_in, self.token_out, self.ends_in, self.ends_out):
            os.set_blocking(number, False)
        self.pass_token()
        self.pid = os.getpid()
        self.on_child = _signal.getsignal(_signal.SIGCHLD)
        _signal.signal(_signal.SIGCHLD, lambda number, frame: None)
        _signal.set_wakeup_fd(self.ends_out, warn_on_full_buffer=False)

    def serve(self):
        """Serves until it is told to stop. Returns in each child, with the connection and the request's header, or with None and
        None in one that is forked ahead."""
        poll = select.poll()
        poll.register(self.control.fileno(), select.POLLIN)
        poll.register(self.listener.fileno(), select.POLLIN)
        if self.words_in is not None:
            poll.register(self.words_in, select.POLLIN)
            poll.register(self.ends_in, select.POLLIN)
        accepts = True
        while not self.stopping or self.listener or self.waiting or self.request_of or self.idle or self.coming or self.taking:
            if self.listener and accepts != (self.stopping or not self.idle):
                # an idle child accepts before one is forked
                accepts = not accepts
                poll.modify(self.listener.fileno(), select.POLLIN if accepts else 0)
            wanted = self.wants_spare()
            ready = {number for number, _ in poll.poll(PAUSE if wanted else self.patience())}
            self.reap()
            for number in [number for number in self.waiting if number in ready]:
                poll.unregister(number)
                child = self.take(self.waiting.pop(number), poll)
                if child:
                    return child
            if self.idle and not self.stopping:
                # one may have become idle meanwhile, and accepts
                pass
            elif self.listener and self.listener.fileno() in ready:
                child = self.accept(poll)
                if child:
                    return child
            elif self.listener and self.stopping:
                # nobody else comes: another program has the name of the socket, or none
                poll.unregister(self.listener.fileno())
                self.listener.close()
                self.listener = None
            if self.control.fileno() in ready:
                self.obey()
            if wanted and not ready and self.wants_spare() and self.fork_ahead():
                return None, None
            if self.idle and not self.stopping:
                self.dismiss()
        os._exit(0)

    # children that wait for a request

    def wants_spare(self):
        """Whether to fork one ahead, in the next pause: one after the other, so that it costs a busy machine no more than a request
        does."""
        if self.stopping or self.coming or not self.spares:
            return False
        idle = len(self.idle)
        return (idle < self.spares and idle + len(self.request_of) + len(self.taking) < self.limit
            and time.monotonic() >= self.not_before)

    def fork_ahead(self):
        """True in the child."""
        try:
            pid = os.fork()
        except OSError as e:
            sys.stderr.write("no process ahead of requests: %s\n" % e)
            self.not_before = time.monotonic() + 1
            return False
        if pid:
            self.coming.add(pid)
            self.tell("forked")
        return pid == 0

    def dismiss(self):
        """Sends half of those away that had nothing to do lately and that nobody wants to have."""
        self.fewest = min(self.fewest, len(self.idle))
        now = time.monotonic()
        if now - self.looked >= 10:
            for _ in range((self.fewest - max(self.spares, 1) + 1) // 2):
                self.pass_token(b"x")
            self.fewest, self.looked = len(self.idle), now

    def pass_token(self, token=b"t"):
        try:
            os.write(self.token_out, token)
        except OSError:
            # there are more than enough
            pass

    def renounce(self):
        """Has all children go that wait for a request now, and those that serve one when they would wait for another."""
        os.close(self.stay_out)
        os.close(self.stay_in)
        self.stay_in, self.stay_out = os.pipe()

    def hear(self):
        """Words of children: "- PID 0 0" from one that waits for a request, "+ PID ID" from one that has got a request, with an ID of
        0 where it does not know which yet, "- PID ID STATUS" from one that has answered it, "x PID 0" from one that goes."""
        try:
            while True:
                self.heard += os.read(self.words_in, 65536)
        except BlockingIOError:
            pass
        if not self.heard:
            return
        lines = self.heard.split(b"\n")
        self.heard = lines.pop()
        for line in lines:
            what, *numbers = line.split()
            pid, request = int(numbers[0]), int(numbers[1])
            self.taking.discard(pid)
            if what == b"+":
                self.idle.discard(pid)
                if not request:
                    self.taking.add(pid)
                    continue
                self.request_of[pid] = request
                self.process_of[request] = pid
                if self.unwanted.pop(request, None):
                    self.end(pid)
            elif what == b"-":
                self.coming.discard(pid)
                if request:
                    status = int(numbers[2])
                    self.request_of.pop(pid, None)
                    self.process_of.pop(request, None)
                    if status or request in self.asked:
                        self.asked.discard(request)
                        self.tell("exit %d %d" % (request, status))
                self.idle.add(pid)
            else:
                self.idle.discard(pid)

    # all children

    def end(self, pid):
        if pid not in self.killed:
            signal_group(pid, 15)
            self.killed[pid] = time.monotonic() + self.grace

    def patience(self):
        if self.stopping and self.listener:
            return 0
        return 1 if self.asked else 10 if self.killed else 1000

    def accept(self, poll):
        try:
            number, _ = self.listener._accept()
        except OSError:
            return None
        return self.take(_socket.socket(_socket.AF_UNIX, _socket.SOCK_STREAM, 0, number), poll)

    def take(self, connection, poll):
        """Reads a request and forks for it. True in the child."""
        connection.settimeout(None)
        try:
            start = connection.recv(16, _socket.MSG_PEEK | _socket.MSG_DONTWAIT)
        except BlockingIOError:
            self.waiting[connection.fileno()] = connection
            poll.register(connection.fileno(), select.POLLIN)
            return None
        try:
            header = read_header(connection, start)
            variables = header.split(b"\0")
            request = request_of(variables)
        except (OSError, ValueError, IndexError):
            connection.close()
            return None
        if self.unwanted.pop(request, None):
            connection.close()
            return None
        try:
            pid = os.fork()
        except OSError as e:
            sys.stderr.write("no process for a request: %s\n" % e)
            busy = b"Status: 503 Service Unavailable\nRetry-After: 1\nContent-Type: text/plain\n\nBusy\n"
            try:
                connection.send(busy, 0x4000)
            except OSError:
                pass
            connection.close()
            return None
        if pid == 0:
            return connection, variables
        connection.close()
        if self.words_in is not None:
            self.tell("forked")
        self.request_of[pid] = request
        self.process_of[request] = pid
        return None

    def reap(self):
        ended = False
        if self.words_in is not None:
            try:
                os.read(self.ends_in, 65536)
            except BlockingIOError:
                pass
            self.hear()
        while self.request_of or self.words_in is not None:
            try:
                pid, result = os.waitpid(-1, os.WNOHANG)
            except ChildProcessError:
                # there is none, or an import has SIGCHLD ignored: they are gone
                for children in (self.request_of, self.process_of, self.idle, self.coming, self.taking):
                    children.clear()
                break
            if pid == 0:
                break
            ended = True
            if self.words_in is not None:
                # what it told before it ended
                self.hear()
                self.taking.discard(pid)
                if pid in self.idle:
                    # killed, as it has not said that it goes; it may have had the token, and there may be two without harm
                    self.idle.remove(pid)
                    self.pass_token()
                if pid in self.coming:
                    self.coming.remove(pid)
                    self.not_before = time.monotonic() + 1
            request = self.request_of.pop(pid, None)
            if request is None:
                continue
            del self.process_of[request]
            if result or request in self.asked:
                self.asked.discard(request)
                signal = result & 127
                self.tell("killed %d %d" % (request, signal) if signal else "exit %d %d" % (request, result >> 8))
            if self.killed.pop(pid, None):
                # also what it has started and left behind
                signal_group(pid, 9)
        if ended:
            self.learn()
        if self.killed:
            now = time.monotonic()
            for pid, deadline in self.killed.items():
                if now >= deadline:
                    signal_group(pid, 9)

    def obey(self):
        read = self.control.recv(4096)
        if not read:
            for pid in self.idle.union(self.request_of, self.coming, self.taking):
                signal_group(pid, 9)
            try:
                os.unlink(self.path)
            except OSError:
                pass
            os._exit(0)
        if self.words_in is not None:
            self.hear()
        lines = (self.input + read).split(b"\n")
        self.input = lines.pop()
        for line in lines:
            words = line.split()
            word, request = words[0], int(words[1]) if len(words) > 1 else 0
            pid = self.process_of.get(request)
            if word == b"stop":
                self.stopping = True
                if self.words_in is not None:
                    self.renounce()
            elif word == b"spare":
                self.spares, self.limit = request, int(words[2])
            elif word == b"alive":
                self.tell(" ".join(["alive"] + [str(one) for one in self.request_of.values()]))
                now = time.monotonic()
                self.unwanted = {one: until for one, until in self.unwanted.items() if until > now}
            elif word == b"kill" and not pid:
                self.unwanted[request] = time.monotonic() + 60
            elif word == b"kill":
                self.end(pid)
            elif word == b"status" and pid:
                self.asked.add(request)
            elif word == b"status":
                self.tell("exit %d 0" % request)

    def learn(self):
        """Imports what a child has told of, so that the next finds it. Where that fails it is the script's own business."""
        try:
            names = os.read(self.notes_in, 65536).decode().split()
        except OSError:
            return
        new = [name for name in names if name not in self.known]
        for name in new:
            preload(name, ())
            self.known.add(name)
        threading = sys.modules.get("threading")
        if threading and threading.active_count() > 1:
            # no fork of a process takes a thread along
            self.tell("refused a module of the standard library that it imports while it runs starts threads")
            os._exit(1)
        for name in names:
            self.tell("file " + (getattr(sys.modules.get(name), "__file__", None) or os.devnull))
        self.known.update(sys.modules)
        gc.collect()
        gc.freeze()
        if new and self.spares and self.most == 1:
            # each of those that are there would have to load it again
            self.renounce()

    def forget(self):
        """In the child: what is the parent's alone."""
        if self.words_in is None:
            self.forget_others()
        else:
            self.signal.set_wakeup_fd(-1)
            self.signal.signal(self.signal.SIGCHLD, self.signal.SIG_DFL if self.on_child is None else self.on_child)
            for number in (self.stay_out, self.ends_in, self.ends_out):
                os.close(number)
        # others would wait for their end for as long as this child is there
        for connection in self.waiting.values():
            connection.close()
        self.control.close()
        os.close(self.notes_in)
        os.setpgid(0, 0)

    def say(self, words):
        """In the child: to the parent, with its number in place of %d. That it has gone is noticed with the next request."""
        os.write(self.words_out, (words % os.getpid() + "\n").encode())

    def leave(self):
        """In the child, which waits no more."""
        self.say("x %d 0")
        os._exit(0)

    def forget_others(self):
        """In the child: where further requests come from."""
        if self.listener:
            self.listener.close()
        if self.words_in is not None:
            for number in (self.words_in, self.words_out, self.token_in, self.token_out, self.stay_in):
                os.close(number)

    def note_modules(self):
        """In the child, at its end: tells the parent of modules of the standard library that it did not have."""
        if len(sys.modules) <= len(self.known):
            return
        libraries = os.path.dirname(os.__file__) + os.sep
        found = []
        for name, module in list(sys.modules.items()):
            file = getattr(module, "__file__", None)
            if name not in self.known and name not in OWN and isinstance(file, str) and file.startswith(libraries) and "-packages" not in file:
                found.append(name)
        notes = "".join(name + "\n" for name in found).encode()
        # in one piece, or not at all
        if notes and len(notes) <= 4096:
            try:
                os.write(self.notes_out, notes)
            except OSError:
                pass


def signal_group(pid, number):
    try:
        os.killpg(pid, number)
    except OSError:
        # the child has not made its group yet, or is no more
        try:
            os.kill(pid, number)
        except OSError:
            pass


def read_header(connection, start):
    length = int(start[:start.index(b":")])
    whole = len(b"%d" % length) + 1 + length + 1
    header = b""
    while len(header) < whole:
        piece = connection.recv(whole - len(header))
        if not piece:
            raise ValueError
        header = header + piece if header else piece
    return header[whole - length - 1:-1]


def request_of(variables):
    """The name of a request. Names and values alternate, and a client may send values that look like names."""
    return int(variables[2 * variables[::2].index(b"LOOMGATE_REQUEST") + 1])


# ---- the child


def become(connection, variables, environment):
    """Makes this process the one that the server would have started for the request."""
    request = dict(zip(variables[::2], variables[1::2]))
    for name in (b"SCGI", b"LOOMGATE_REQUEST"):
        request.pop(name, None)
    words = request.pop(b"LOOMGATE_ARGUMENTS", None)
    if words is not None:
        sys.argv.extend(os.fsdecode(bytes.fromhex(word.decode())) for word in words.split(b" "))
    length = int(request.get(b"CONTENT_LENGTH") or 0)
    if request.pop(b"LOOMGATE_NO_BODY", None):
        del request[b"CONTENT_LENGTH"]
    environment.replace(request)

    number = connection.fileno()
    os.dup2(number, 1)
    if length > BODY_IN_PIPE:
        os.dup2(number, 0)
    elif length > 0:
        give_body(connection, length)
    connection.close()


class Environment:
    """What of the environment is the script's doing, and not the request's: what its imports have changed stays so."""

    def __init__(self):
        self.before = dict(os.environb)

    def settle(self):
        """Once the script is loaded: a child has nothing left to remove."""
        now = dict(os.environb)
        self.changed = {name: value for name, value in now.items() if self.before.get(name) != value}
        self.removed = [name for name in self.before if name not in now]
        # set by the interpreter itself where there was no locale (PEP 538)
        self.coerced = now.get(b"LC_CTYPE")
        self.present = []
        for name in now:
            os.unsetenv(name)

    def replace(self, request):
        if self.coerced:
            request.setdefault(b"LC_CTYPE", self.coerced)
        if self.changed:
            request.update(self.changed)
        for name in self.removed:
            request.pop(name, None)
        # the dictionary behind os.environ and os.environb; through them it would be decoded and encoded for nothing
        data = os.environ._data
        if self.present:
            # and what the last request's script has added, which the C library and programs would still find
            for name in data.keys() | self.present:
                os.unsetenv(name)
        self.present = set(request)
        data.clear()
        data.update(request)
        putenv = posix.putenv
        for name, value in request.items():
            putenv(name, value)


def give_body(connection, length):
    """A short body goes into a pipe: with the connection as its input, a script that closes its output would still hold it
    open."""
    body = b""
    while len(body) < length:
        piece = connection.recv(length - len(body))
        if not piece:
            break
        body += piece
    reader, writer = os.pipe()
    os.write(writer, body)
    os.close(writer)
    os.dup2(reader, 0)
    os.close(reader)


def run(script, parent):
    leave(*execute(script), parent)


def execute(script):
    module = sys.modules["__main__"] = script.module()
    status = 0
    try:
        exec(script.code, module.__dict__)
    except SystemExit as e:
        status = exit_status(e.code)
    except BaseException:
        kind, error, trace = sys.exc_info()
        status = 1
        try:
            # without this function's own frame
            error.__traceback__ = trace = trace.tb_next
            sys.excepthook(kind, error, trace)
        except SystemExit as e:
            status = exit_status(e.code)
        except BaseException:
            sys.__excepthook__(*sys.exc_info())
        del kind, error, trace
    return module, status


def exit_status(code):
    if code is None:
        return 0
    if isinstance(code, int):
        return code & 0xFF
    sys.stderr.write("%s\n" % (code,))
    return 1


def leave(module, status, parent):
    """Ends the process as the interpreter would, without taking to pieces what the parent had loaded: threads are waited for, exit
    handlers run, what the script has made is finalized and its files are flushed."""
    try:
        threading = sys.modules.get("threading")
        if threading:
            threading._shutdown()
        atexit = sys.modules.get("atexit")
        if atexit:
            atexit._run_exitfuncs()
    except SystemExit as e:
        status = exit_status(e.code)
    except BaseException:
        sys.excepthook(*sys.exc_info())
    if not flush(sys.stdout):
        status = 120
    sys.last_traceback = sys.last_value = sys.last_exc = None
    parent.note_modules()
    finalize_all(module)
    flush(sys.stdout)
    flush(sys.stderr)
    os._exit(status)


def finalize_all(module):
    clear(module.__dict__)
    gc.collect()
    # what lives on is referred to by modules: the parent's objects are frozen, so these are the request's
    for left in gc.get_objects():
        finalize = getattr(type(left), "__del__", None)
        if finalize and type(left).__flags__ & HEAP_TYPE or isinstance(left, IO_TYPES):
            try:
                finalize(left) if left is not sys.stdout and left is not sys.stderr else flush(left)
            except BaseException:
                pass


HEAP_TYPE = 1 << 9
IO_TYPES = (sys.modules["io"].IOBase,)


def clear(names):
    """As the interpreter does it: names with an underscore first, the built-in functions last."""
    for private in (True, False):
        for name in list(names):
            if name != "__builtins__" and private == (name.startswith("_") and not name.startswith("__")):
                names[name] = None


def flush(file):
    try:
        if file is not None and not getattr(file, "closed", False):
            file.flush()
        return True
    except BaseException:
        return False


# ---- the main program


def prepare(parent, path, socket_path):
    if sys.version_info < (3, 7):
        raise Refusal("its interpreter is Python %s, 3.7 or later is needed" % sys.version.split()[0])
    output = _unnamed_file()
    os.dup2(output, 1)
    null = os.open("/dev/null", os.O_RDWR)
    os.dup2(null, 0)
    for name in set(sys.modules) - _known:
        del sys.modules[name]
    script = Script(path)
    flush(sys.stdout)
    if os.fstat(1).st_size:
        raise Refusal("what it imports writes output")
    threading = sys.modules.get("threading")
    if threading and threading.active_count() > 1:
        raise Refusal("what it imports starts threads, which no fork of a process takes along")
    os.dup2(null, 1)
    os.close(null)
    os.close(output)
    parent.listen(socket_path)
    for name in [path] + files():
        parent.tell("file " + os.path.abspath(name))
    parent.known = set(sys.modules)
    gc.collect()
    gc.freeze()
    return script


def _unnamed_file():
    try:
        return os.memfd_create("output")
    except (AttributeError, OSError):
        import tempfile
        number, name = tempfile.mkstemp()
        os.unlink(name)
        return number


def main():
    socket_path, control_path, grace, most, ahead, path = sys.argv[1:7]
    most, counting = int(most), most != "1" or ahead == "1"
    original = getattr(sys, "orig_argv", None)
    if original:
        at = len(original) - len(sys.argv)
        original[at:] = [path]
    environment = Environment()
    os.setsid()
    control = _socket.socket(_socket.AF_UNIX, _socket.SOCK_STREAM)
    control.connect(control_path)
    parent = Parent(control, float(grace), most)
    try:
        script = prepare(parent, path, socket_path)
        environment.settle()
        if counting:
            parent.expect_idle()
        parent.tell("ready counting" if counting else "ready")
        connection, variables = parent.serve()
    except Refusal as e:
        parent.tell("refused " + " ".join(str(e).split()))
        os._exit(1)
    except BaseException as e:
        # a module may exit, or fail in any way
        parent.tell("refused " + " ".join(("%s while it was loaded: %s" % (type(e).__name__, e)).split()))
        os._exit(1)
    parent.forget()
    if most > 1:
        Process(script, parent, environment).serve(connection, variables, most)
    if not connection:
        rehearse(environment)
        parent.say("- %d 0 0")
        connection, variables = await_request(parent)
    if counting:
        parent.forget_others()
    become(connection, variables, environment)
    after_fork()
    run(script, parent)


# ---- a child that waits for a request


def await_request(parent):
    """Of the children that wait, one may look for a request, the one with the token."""
    while True:
        # or it is one more than are wanted
        connection = accept(parent) if os.read(parent.token_in, 1) == b"t" else parent.leave()
        parent.pass_token()
        if not connection:
            parent.leave()
        try:
            try:
                start = connection.recv(16, _socket.MSG_PEEK | _socket.MSG_DONTWAIT)
            except BlockingIOError:
                # others must not wait for this one to accept
                parent.say("+ %d 0")
                start = connection.recv(16, _socket.MSG_PEEK)
            variables = read_header(connection, start).split(b"\0")
            request = request_of(variables)
        except (OSError, ValueError, IndexError):
            connection.close()
            parent.say("- %d 0 0")
            continue
        parent.say("+ %%d %d" % request)
        return connection, variables


def rehearse(environment):
    """Becomes ready for a request of nobody: the pages that it takes are this process's own then, and not to be copied while a client
    waits."""
    one, other = _socket.socketpair()
    header = {name: "x" * 32 for name in USUAL}
    header.update(SCGI="1", LOOMGATE_REQUEST="0", CONTENT_LENGTH="0", LOOMGATE_NO_BODY="1")
    text = "".join("%s\0%s\0" % variable for variable in header.items()).encode()
    one.send(b"%d:%s," % (len(text), text))
    variables = read_header(other, other.recv(16, _socket.MSG_PEEK)).split(b"\0")
    request_of(variables)
    become(other, variables, environment)
    one.close()
    environment.replace({})
    null = os.open(os.devnull, os.O_WRONLY)
    os.dup2(null, 1)
    os.close(null)


USUAL = ("CONTENT_LENGTH DOCUMENT_ROOT GATEWAY_INTERFACE HTTP_ACCEPT HTTP_ACCEPT_ENCODING HTTP_ACCEPT_LANGUAGE HTTP_COOKIE HTTP_HOST "
    "HTTP_REFERER HTTP_USER_AGENT PATH PATH_INFO QUERY_STRING REMOTE_ADDR REMOTE_PORT REQUEST_METHOD REQUEST_SCHEME REQUEST_URI "
    "SCRIPT_FILENAME SCRIPT_NAME SERVER_ADDR SERVER_NAME SERVER_PORT SERVER_PROTOCOL SERVER_SOFTWARE").split()


def accept(parent):
    """By the holder of the token alone. None if there is nothing to wait for any more."""
    listener = parent.listener
    poll = select.poll()
    poll.register(listener.fileno(), select.POLLIN)
    poll.register(parent.stay_in, select.POLLIN)
    while os.getppid() == parent.pid:
        ready = {number for number, _ in poll.poll(5000)}
        if listener.fileno() in ready and os.getppid() == parent.pid:
            try:
                number, _ = listener._accept()
                connection = _socket.socket(_socket.AF_UNIX, _socket.SOCK_STREAM, 0, number)
                connection.settimeout(None)
                return connection
            except OSError:
                pass
        elif parent.stay_in in ready:
            return None
    return None


# ---- many requests in a child


class Process:
    """A child that serves requests one after the other. Each runs the script in a new module, and imports every module that is
    not in a directory of the interpreter's own anew. The modules of those directories stay, with what they remember. What a process
    has beside modules is set to what it was. A child that can't be made as new ends after its request: one with threads or
    processes of its own, with another user, priority or limits, or with signals blocked."""

    def __init__(self, script, parent, environment):
        import _signal
        import _locale
        self.signal, self.locale = _signal, _locale
        self.script, self.parent, self.environment = script, parent, environment
        self.pid = os.getpid()
        self.user = self.ids()
        self.priority = os.getpriority(os.PRIO_PROCESS, 0)
        self.blocked = _signal.pthread_sigmask(_signal.SIG_BLOCK, ())
        self.limits = limits()
        self.directory = os.getcwd()
        self.umask = os.umask(0o22)
        os.umask(self.umask)
        self.errors = os.dup(2)
        # at its end, as the pipe of a script without a body is
        self.input, writer = os.pipe()
        os.close(writer)
        self.output = os.open(os.devnull, os.O_WRONLY)
        self.handlers = {}
        for number in range(1, 32):
            try:
                self.handlers[number] = _signal.getsignal(number)
            except ValueError:
                pass
        self.category = _locale.setlocale(_locale.LC_ALL)
        self.sys = {name: getattr(sys, name) for name in ("path", "argv", "meta_path", "path_hooks", "excepthook", "displayhook",
            "unraisablehook", "stdin", "stdout", "stderr", "modules", "ps1", "breakpointhook", "dont_write_bytecode", "pycache_prefix")
            if hasattr(sys, name)}
        self.lists = {name: list(self.sys[name]) for name in ("path", "argv", "meta_path", "path_hooks")}
        self.streams = {name: (number, mode) + kind_of(getattr(sys, name)) for name, number, mode in
            (("stdin", 0, "r"), ("stdout", 1, "w"), ("stderr", 2, "w")) if getattr(sys, name) is not None}
        # each with the functions that ask for it and set it
        self.settings = [(get, put, get()) for get, put in settings()]
        self.environ = os.environ
        self.built_in = dict(vars(sys.modules["builtins"]))
        warnings = sys.modules.get("warnings")
        self.filters = list(warnings.filters) if warnings else []
        self.loggers = {logger: log_state(logger) for logger in loggers()}
        self.library = set(sys.modules)
        self.forget_modules(self.library)

    @staticmethod
    def ids():
        return os.getresuid(), os.getresgid(), os.getgroups()

    def serve(self, connection, variables, most):
        """Never returns."""
        if not connection:
            self.rehearse()
            self.parent.say("- %d 0 0")
            connection, variables = await_request(self.parent)
        for _ in range(most - 1):
            request = self.begin(connection, variables)
            module, status = in_new_context(execute, self.script)
            self.end(request, module, status)
            del module
            connection, variables = await_request(self.parent)
        self.begin(connection, variables)
        run(self.script, self.parent)

    def rehearse(self):
        """A request of nobody, to a script that does nothing."""
        rehearse(self.environment)
        module, _ = in_new_context(execute, Script.empty(self.script))
        finalize_all(module)
        self.renew()
        os.dup2(self.output, 1)

    def begin(self, connection, variables):
        request = request_of(variables)
        become(connection, variables, self.environment)
        # whatever the last one has set it to, or a function of the C library for it
        sys.modules.get("time", time).tzset()
        after_fork()
        random = sys.modules.get("random")
        if random:
            random.seed()
        return request

    def end(self, request, module, status):
        """Ends a request, and the process if that can't be made as new."""
        if not self.can_be_renewed():
            leave(module, status, self.parent)
        atexit = sys.modules.get("atexit")
        try:
            if atexit:
                atexit._run_exitfuncs()
                self.expect_exit(atexit)
        except SystemExit as e:
            status = exit_status(e.code)
        except BaseException:
            sys.excepthook(*sys.exc_info())
        if not flush(sys.stdout):
            status = 120
        self.parent.note_modules()
        finalize_all(module)
        flush(sys.stdout)
        flush(sys.stderr)
        try:
            self.renew()
        except Exception:
            os._exit(status)
        # before the end of its output tells the server
        self.parent.say("- %%d %d %d" % (request, status))
        os.dup2(self.output, 1)

    def can_be_renewed(self):
        """Whether nothing is other than it was that can't be set back, or might come late."""
        threading = sys.modules.get("threading")
        return (os.getpid() == self.pid and not (threading and threading.active_count() > 1) and self.ids() == self.user
            and not has_children() and os.getpriority(os.PRIO_PROCESS, 0) == self.priority
            # without these modules there is no way to change it
            and not ("signal" in sys.modules and self.signal.pthread_sigmask(self.signal.SIG_BLOCK, ()) != self.blocked)
            and not ("resource" in sys.modules and limits() != self.limits))

    @staticmethod
    def expect_exit(atexit):
        """What modules of the library register when they are loaded, which is not repeated."""
        for name, handler in (("logging", "shutdown"), ("multiprocessing.util", "_exit_function")):
            if name in sys.modules:
                atexit.register(getattr(sys.modules[name], handler))
        if "weakref" in sys.modules:
            sys.modules["weakref"].finalize._registered_with_atexit = False

    def renew(self):
        sys.last_traceback = sys.last_value = sys.last_exc = None
        vars(sys).pop("tracebacklimit", None)
        for name, value in self.sys.items():
            setattr(sys, name, value)
        for name, value in self.lists.items():
            self.sys[name][:] = value
        sys.settrace(None)
        sys.setprofile(None)
        for get, put, value in self.settings:
            if get() != value:
                put(value)
        self.forget_modules(set(sys.modules) - self.library)
        self.renew_builtins()
        os.environ = self.environ
        os.chdir(self.directory)
        os.umask(self.umask)
        self.signal.setitimer(self.signal.ITIMER_REAL, 0)
        if "signal" in sys.modules:
            self.signal.setitimer(self.signal.ITIMER_VIRTUAL, 0)
            self.signal.setitimer(self.signal.ITIMER_PROF, 0)
        for number, handler in self.handlers.items():
            if handler is not None and self.signal.getsignal(number) is not handler:
                self.signal.signal(number, handler)
        if self.locale.setlocale(self.locale.LC_ALL) != self.category:
            self.locale.setlocale(self.locale.LC_ALL, self.category)
        _socket.setdefaulttimeout(None)
        warnings = sys.modules.get("warnings")
        if warnings and warnings.filters != self.filters:
            warnings.filters[:] = self.filters
            warnings._filters_mutated()
        if "logging" in sys.modules:
            sys.modules["logging"].disable(0)
            for logger in loggers():
                set_log_state(logger, *self.loggers.get(logger, (0, (), True, False)))
        os.dup2(self.errors, 2)
        os.dup2(self.input, 0)
        for name, kind in self.streams.items():
            new = self.sys[name] = standard(name, *kind)
            setattr(sys, name, new)
            setattr(sys, "__%s__" % name, new)
        gc.enable()
        gc.freeze()

    def renew_builtins(self):
        now = vars(sys.modules["builtins"])
        for name in set(now) - set(self.built_in):
            del now[name]
        for name, value in self.built_in.items():
            if now.get(name) is not value:
                now[name] = value

    def forget_modules(self, names):
        """Of these, all but those of the interpreter's own directories."""
        for name in list(names):
            module = sys.modules.get(name)
            if name != "__main__" and is_library(module):
                self.library.add(name)
            else:
                sys.modules.pop(name, None)
                self.library.discard(name)


def in_new_context(function, argument):
    try:
        import _contextvars
    except ImportError:
        return function(argument)
    return _contextvars.Context().run(function, argument)


def has_children():
    try:
        os.waitpid(-1, os.WNOHANG)
        return True
    except ChildProcessError:
        return False


def limits():
    try:
        with open("/proc/self/limits", "rb") as file:
            return file.read()
    except OSError:
        return b""


def settings():
    """Of the interpreter, beside variables of sys: what asks for each and what sets it."""
    found = [(sys.getrecursionlimit, sys.setrecursionlimit), (sys.getswitchinterval, sys.setswitchinterval),
        (gc.get_threshold, lambda three: gc.set_threshold(*three)), (gc.get_debug, gc.set_debug)]
    if hasattr(sys, "set_int_max_str_digits"):
        found.append((sys.get_int_max_str_digits, sys.set_int_max_str_digits))
    return found


LIBRARY = os.path.dirname(os.__file__) + os.sep


def is_library(module):
    file = getattr(module, "__file__", None)
    if file is None:
        # built in, or a directory
        file = next(iter(getattr(module, "__path__", ())), None)
    return file is None or isinstance(file, str) and (file.startswith(LIBRARY) or "-packages" + os.sep in file)


def loggers():
    logging = sys.modules.get("logging")
    if not logging:
        return []
    return [logging.root] + [one for one in logging.root.manager.loggerDict.values() if isinstance(one, logging.Logger)]


def log_state(logger):
    return logger.level, tuple(logger.handlers), logger.propagate, logger.disabled


def set_log_state(logger, level, handlers, propagate, disabled):
    if logger.level != level:
        logger.setLevel(level)
    logger.handlers[:] = handlers
    logger.propagate, logger.disabled = propagate, disabled


def kind_of(stream):
    plain = isinstance(stream.buffer, sys.modules["io"].FileIO)
    return plain, stream.encoding, stream.errors, stream.line_buffering, stream.write_through


def standard(name, number, mode, plain, encoding, errors, line_buffering, write_through):
    """A standard stream as the interpreter makes it."""
    io = sys.modules["io"]
    raw = io.FileIO(number, mode, closefd=False)
    raw.name = "<%s>" % name
    buffer = raw if plain else io.BufferedReader(raw) if mode == "r" else io.BufferedWriter(raw)
    new = io.TextIOWrapper(buffer, encoding, errors, None if mode == "r" else "\n", line_buffering, write_through)
    new.mode = mode
    return new


def after_fork():
    numpy = sys.modules.get("numpy.random")
    if numpy:
        numpy.seed()


# not __main__, which is the script's name, and whose deprecation warnings are shown
globals()["__name__"] = "loomgate_forkserver"
main()
