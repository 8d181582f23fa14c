"""Every way for a module to be bad when it is imported: its source, how its probe ends, and words of the reason.

The sources are for modules that are really installed and imported by a process that may end: never import one here.
"""

import os
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Bad:
    """``source`` is the whole package; ``text`` begins or is part of the reason."""

    source: str
    kind: str
    text: str


def _bad(kind: str, text: str, *lines: str) -> Bad:
    return Bad(source="\n".join((*lines, "")), kind=kind, text=text)


def _raises(text: str, *lines: str) -> Bad:
    return _bad("raised", text, *lines)


def _changes(text: str, *lines: str) -> Bad:
    return _bad("changes", text, *lines)


ENDS = {
    "raises": _raises("ZeroDivisionError: at import", "raise ZeroDivisionError('at import')"),
    "cannot be parsed": _raises("SyntaxError: ", "def broken(:"),
    "lacks a library": _raises("ModuleNotFoundError: No module named", "import a_library_that_is_not_installed"),
    "exits in order": _raises("SystemExit: 0", "import sys", "sys.exit(0)"),
    "interrupts": _raises("KeyboardInterrupt", "raise KeyboardInterrupt"),
    "cannot be told": _raises(
        "Odd", "class Odd(BaseException):", "    def __str__(self): raise ValueError", "raise Odd"
    ),
    "recurses": _raises("RecursionError: maximum recursion depth", "def again(): again()", "again()"),
    "asks a question": _raises("EOFError: EOF when reading a line", "input('password? ')"),
    "ends the process": _bad("died", "it ended the process with exit code 0", "import os", "os._exit(0)"),
    "ends the process badly": _bad("died", "it ended the process with exit code 3", "import os", "os._exit(3)"),
    "crashes": _bad("killed", "killed by SIGSEGV", "import ctypes", "ctypes.string_at(0)"),
    "aborts": _bad("killed", "killed by SIGABRT", "import os", "os.abort()"),
    "kills itself": _bad("killed", "killed by SIGKILL", "import os", "os.kill(os.getpid(), 9)"),
    "hangs": _bad("slow", ", waiting", "import threading", "threading.Event().wait()"),
    "computes": _bad("slow", ", computing", "while True: pass"),
}

LIMITS = {
    "fills the memory": _bad("memory", "needed more than", "kept = bytearray(10 * 2**30)"),
    "fills the memory bit by bit": _bad("memory", "MB of memory", "kept = []", "while True: kept.append(bytes(2**24))"),
    "forks without end": _raises("BlockingIOError: [Errno 11]", "import os", "while True: os.fork()"),
    "forks and holds on": _bad(
        "slow",
        "took longer than",
        "import os",
        "while True:",
        "    try: os.fork() == 0 and os.setsid()",
        "    except OSError: pass",
    ),
    "starts threads without end": _raises(
        "RuntimeError: can't start new thread",
        "import threading",
        "while True: threading.Thread(target=threading.Event().wait, daemon=True).start()",
    ),
    "writes an endless file": _raises(
        "OSError: [Errno 27] File too large", "file = open('large', 'wb')", "while True: file.write(bytes(2**20))"
    ),
    "opens files without end": _raises(
        "OSError: [Errno 24] Too many open files", "kept = []", "while True: kept.append(open(__file__))"
    ),
    "prints without end": _bad("slow", "took longer than", "while True: print('x' * 2**20)"),
    "logs without end": _bad(
        "slow",
        "took longer than",
        "import logging, sys",
        "own = logging.getLogger(__name__)",
        "own.addHandler(logging.StreamHandler(sys.stdout))",
        "while True: own.error('x' * 1000)",
    ),
    "closes every file": _bad("died", "it closed files that are not its own", "import os", "os.closerange(0, 256)"),
    "takes the place of a closed file": _bad(
        "died",
        "it closed files that are not its own",
        "import os",
        "os.closerange(3, 256)",
        "kept = [open(__file__) for _ in range(50)]",
    ),
    "writes into every file": _bad(
        "died",
        "it wrote into the pipe",
        "import os",
        "for number in range(3, 256):",
        "    try: os.write(number, b'[1, 2]\\n')",
        "    except OSError: pass",
    ),
    "floods every pipe": _bad(
        "died",
        "it wrote into the pipe",
        "import os, stat",
        "pipes = []",
        "for number in range(3, 256):",
        "    try: stat.S_ISFIFO(os.fstat(number).st_mode) and pipes.append(number)",
        "    except OSError: pass",
        "while True:",
        "    for number in pipes:",
        "        try: os.write(number, b'x' * 2**20)",
        "        except OSError: pass",
    ),
    "tells a description of its own": _bad(
        "died",
        "it wrote into the pipe",
        "import os",
        "for number in range(3, 256):",
        '    try: os.write(number, b\'{"description": {}, "surface": {}}\\n\')',
        "    except OSError: pass",
    ),
    "breaks the telling": _bad(
        "died",
        "it broke what it takes to describe it",
        "import json",
        "def broken(*arguments): raise OSError",
        "json.encoder.c_make_encoder = None",
        "json.JSONEncoder.iterencode = broken",
    ),
}

LEFT_RUNNING = {
    "starts a thread": _changes(
        "starts 1 thread that goes on (worker-1)",
        "import threading",
        "threading.Thread(target=threading.Event().wait, name='worker-1').start()",
    ),
    "starts a daemon thread": _changes(
        "starts 1 thread that goes on (watcher, daemon)",
        "import threading",
        "threading.Thread(target=threading.Event().wait, name='watcher', daemon=True).start()",
    ),
    "starts a hidden thread": _changes(
        "starts 1 thread that goes on (without a name)",
        "import _thread, time",
        "_thread.start_new_thread(time.sleep, (60,))",
    ),
    "starts a process": _changes(
        "starts 1 process that goes on (sleep 300)", "import subprocess", "subprocess.Popen(['sleep', '300'])"
    ),
    "starts a process of its own session": _changes(
        "starts 1 process that goes on (sleep 301)",
        "import subprocess",
        "subprocess.Popen(['sleep', '301'], start_new_session=True)",
    ),
    "starts a daemon": _changes(
        "starts 1 process that goes on (sleep 302)",
        "import os, subprocess",
        "if os.fork() == 0:",
        "    subprocess.Popen(['sleep', '302'], start_new_session=True)",
        "    os._exit(0)",
        "os.wait()",
    ),
    "goes on in a copy": _changes("goes on twice", "import os", "os.fork()"),
    "leaves a copy behind": _changes(
        "starts 1 process that goes on (a copy of itself)",
        "import os, time",
        "if os.fork() == 0: time.sleep(60)",
    ),
}

PROCESS = {
    "handles a signal": _changes(
        "changes the handler of SIGTERM", "import signal", "signal.signal(signal.SIGTERM, lambda *of: None)"
    ),
    "ignores a signal": _changes("changes the handler of SIGINT", "import signal", "signal.signal(2, signal.SIG_IGN)"),
    "blocks a signal": _changes(
        "changes the blocked signals", "import signal", "signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGTERM])"
    ),
    "sets an alarm": _changes("changes the timers that send signals", "import signal", "signal.alarm(600)"),
    "goes in front of the path": _changes(
        "puts something in front in sys.path", "import sys", "sys.path.insert(0, '/nowhere')"
    ),
    "empties the path": _changes("removes from sys.path", "import sys", "sys.path.clear()"),
    "finds modules first": _changes(
        "puts something in front in sys.meta_path",
        "import sys",
        "class Finder:",
        "    @staticmethod",
        "    def find_spec(*of): return None",
        "sys.meta_path.insert(0, Finder)",
    ),
    "replaces a library": _changes(
        "replaces json in sys.modules", "import sys, types", "sys.modules['json'] = types.ModuleType('json')"
    ),
    "forgets a library": _changes("removes random from sys.modules", "import sys", "del sys.modules['random']"),
    "sets an event loop policy": _changes(
        "changes the event loop policy",
        "import asyncio",
        "class Policy(asyncio.DefaultEventLoopPolicy): ...",
        "asyncio.set_event_loop_policy(Policy())",
    ),
    "sets the locale": _changes("changes the locale", "import locale", "locale.setlocale(locale.LC_ALL, 'C')"),
    "sets the time zone": _changes(
        "changes the time zone", "import os, time", "os.environ['TZ'] = 'Asia/Tokyo-9'", "time.tzset()"
    ),
    "goes elsewhere": _changes("changes the working directory", "import os", "os.chdir('/')"),
    "sets the umask": _changes("changes the umask", "import os", "os.umask(0o007)"),
    "removes a variable": _changes("removes the environment variable PATH", "import os", "del os.environ['PATH']"),
    "changes a variable": _changes("changes the environment variable HOME", "import os", "os.environ['HOME'] = '/'"),
    "closes standard output": _changes("closes standard output", "import os", "os.close(1)"),
    "replaces standard error": _changes("replaces standard error", "import os", "os.dup2(os.open(__file__, 0), 2)"),
    "lowers a limit": _changes(
        "changes the limit RLIMIT_NOFILE", "import resource", "resource.setrlimit(resource.RLIMIT_NOFILE, (100, 100))"
    ),
    "traces": _changes("changes the trace or profile function", "import sys", "sys.setprofile(lambda *of: None)"),
    "recurses deeper": _changes("changes the recursion limit", "import sys", "sys.setrecursionlimit(100_000)"),
    "limits waiting for sockets": _changes(
        "changes the default timeout of sockets", "import socket", "socket.setdefaulttimeout(1)"
    ),
    "computes otherwise": _changes("changes the decimal context", "import decimal", "decimal.getcontext().prec = 5"),
    "computes otherwise in threads": _changes(
        "changes the decimal context of new threads", "import decimal", "decimal.DefaultContext.prec = 5"
    ),
    "changes the arguments": _changes("changes sys.argv", "import sys", "sys.argv.append('--more')"),
    "hooks into generators": _changes(
        "changes the hooks of asynchronous generators", "import sys", "sys.set_asyncgen_hooks(firstiter=print)"
    ),
    "does not collect": _changes("changes garbage collection", "import gc", "gc.disable()"),
    "handles crashes": _changes(
        "changes faulthandler", "import faulthandler, os", "faulthandler.enable(os.open(os.devnull, os.O_WRONLY))"
    ),
    "ignores a signal behind Python": _changes(
        "changes the handler of SIGTERM", "import ctypes", "ctypes.CDLL(None).signal(15, ctypes.c_void_p(1))"
    ),
    "is told of collections": _changes(
        "changes garbage collection", "import gc", "gc.callbacks.append(lambda *of: None)"
    ),
    "is told of signals": _changes(
        "changes the wakeup file of signals",
        "import signal, socket",
        "one, other = socket.socketpair()",
        "other.setblocking(False)",
        "signal.set_wakeup_fd(other.fileno())",
    ),
    "sets a start method": _changes(
        "changes the start method of processes",
        "import multiprocessing",
        "multiprocessing.set_start_method('spawn')",
    ),
    "limits fields of CSV": _changes("changes the limit of fields in CSV", "import csv", "csv.field_size_limit(1)"),
    "leaves files open": _changes("leaves 100 files open", "kept = [open(__file__) for _ in range(100)]"),
    "installs an opener": _changes(
        "replaces urllib.request._opener",
        "import urllib.request",
        "urllib.request.install_opener(urllib.request.build_opener())",
    ),
}

LOGGING = {
    "sets up logging": _changes(
        "adds a handler to the root logger", "import logging", "logging.basicConfig(format='%(message)s')"
    ),
    "sets the level of all": _changes(
        "sets the level of the root logger to DEBUG", "import logging", "logging.basicConfig(level='DEBUG')"
    ),
    "disables logging": _changes("disables logging up to CRITICAL", "import logging", "logging.disable()"),
    "disables the others' loggers": _changes(
        "changes the loggers ",
        "import logging.config",
        "logging.config.dictConfig({'version': 1, 'disable_existing_loggers': True})",
    ),
    "makes warnings errors": _changes("makes warnings errors", "import warnings", "warnings.simplefilter('error')"),
    "hides all warnings": _changes(
        "changes what happens with all warnings", "import warnings", "warnings.simplefilter('ignore')"
    ),
    "forgets filters of warnings": _changes(
        "removes filters of warnings", "import warnings", "warnings.resetwarnings()"
    ),
}

PATCHES = {
    "patches a function": _changes("replaces json.loads", "import json", "json.loads = eval"),
    "patches a hidden function": _changes(
        "replaces ssl._create_default_https_context",
        "import ssl",
        "ssl._create_default_https_context = ssl._create_unverified_context",
    ),
    "patches a method": _changes(
        "replaces json.encoder.JSONEncoder.default",
        "import json",
        "json.JSONEncoder.default = lambda self, value: str(value)",
    ),
    "patches the clock": _changes("replaces time.time", "import time", "time.time = lambda: 0.0"),
    "patches a class": _changes(
        "replaces socket.socket", "import socket", "class Own(socket.socket): ...", "socket.socket = Own"
    ),
    "patches a builtin": _changes(
        "replaces builtins.print", "import builtins", "builtins.print = lambda *of, **by: None"
    ),
    "adds a builtin": _changes("adds _ to the builtins", "import builtins", "builtins._ = str"),
    "patches fastapi": _changes(
        "replaces fastapi.applications.FastAPI.__init__",
        "import fastapi",
        "fastapi.FastAPI.__init__ = lambda self, **of: None",
    ),
    "patches sqlalchemy": _changes(
        "replaces sqlalchemy.orm.session.Session.execute",
        "from sqlalchemy.orm import Session",
        "Session.execute = lambda *of, **by: None",
    ),
    "patches pydantic": _changes(
        "replaces pydantic.main.BaseModel.model_dump",
        "from pydantic import BaseModel",
        "BaseModel.model_dump = lambda self, **of: {}",
    ),
    "removes a function": _changes("removes os.getlogin", "import os", "del os.getlogin"),
    "handles all exceptions": _changes("replaces sys.excepthook", "import sys", "sys.excepthook = lambda *of: None"),
    "handles exceptions of threads": _changes(
        "replaces threading.excepthook", "import threading", "threading.excepthook = lambda of: None"
    ),
    "replaces sys.stdout": _changes("replaces sys.stdout", "import sys", "sys.stdout = None"),
    "patches what few watch": _changes("replaces bisect.bisect_left", "import bisect", "bisect.bisect_left = None"),
    "patches a heap": _changes("replaces heapq.heappush", "import heapq", "heapq.heappush = None"),
    "patches mail": _changes(
        "replaces email.message.Message.get", "import email.message", "email.message.Message.get = None"
    ),
    "patches the event loop": _changes(
        "replaces asyncio.selector_events.BaseSelectorEventLoop.sock_recv",
        "import asyncio.selector_events",
        "asyncio.selector_events.BaseSelectorEventLoop.sock_recv = None",
    ),
    "patches an encoder": _changes(
        "replaces json._default_encoder.default", "import json", "json._default_encoder.default = str"
    ),
    "patches an entry": _changes(
        "replaces fastapi.encoders.ENCODERS_BY_TYPE[Decimal]",
        "from decimal import Decimal",
        "from fastapi.encoders import ENCODERS_BY_TYPE",
        "ENCODERS_BY_TYPE[Decimal] = str",
    ),
    "patches a media type": _changes(
        "replaces mimetypes.types_map['.js']", "import mimetypes", "mimetypes.add_type('text/plain', '.js')"
    ),
    "patches the hub": _changes(
        "replaces hub_core.resolution.resolve", "import hub_core.resolution", "hub_core.resolution.resolve = None"
    ),
    "patches anyio": _changes(
        "replaces anyio.to_thread.run_sync", "import anyio.to_thread", "anyio.to_thread.run_sync = None"
    ),
    "patches pluggy": _changes(
        "replaces pluggy._caller.HookCaller.__call__", "import pluggy", "pluggy.HookCaller.__call__ = None"
    ),
    "patches jinja": _changes(
        "replaces jinja2.environment.Environment.get_template",
        "import jinja2",
        "jinja2.Environment.get_template = None",
    ),
    "patches metrics": _changes(
        "replaces prometheus_client.exposition.generate_latest",
        "import prometheus_client.exposition",
        "prometheus_client.exposition.generate_latest = None",
    ),
    "configures structlog": _changes(
        "replaces structlog._config._CONFIG.default_processors",
        "import structlog",
        "structlog.configure(processors=[])",
    ),
    "patches aiosqlite": _changes(
        "replaces aiosqlite.core.connect", "import aiosqlite.core", "aiosqlite.core.connect = None"
    ),
    "patches what it is compared with": _changes(
        "keeps the rest from being compared", "import signal", "del signal.getitimer"
    ),
}


def _listens(text: str, imported: str, target: str, event: str) -> Bad:
    lines = (
        imported,
        "from sqlalchemy import event",
        f"@event.listens_for({target}, '{event}')",
        "def heard(*of): ...",
    )
    return _changes(f"listens to {event} of {text}", *lines)


EVENTS = {
    "listens to each engine": _listens(
        "sqlalchemy.engine.base.Engine",
        "from sqlalchemy.engine import Engine",
        "Engine",
        "before_cursor_execute",
    ),
    "listens to each session": _listens(
        "sqlalchemy.orm.session.Session", "from sqlalchemy.orm import Session", "Session", "before_flush"
    ),
    "listens to each mapper": _listens(
        "sqlalchemy.orm.mapper.Mapper", "from sqlalchemy.orm import Mapper", "Mapper", "before_insert"
    ),
    "listens to each pool": _listens(
        "sqlalchemy.pool.base.Pool", "from sqlalchemy.pool import Pool", "Pool", "checkout"
    ),
}

FALSE = {
    "takes the place of another module": _changes(
        "puts something else in the place of sample_bad00x in sys.modules",
        "import sys, types",
        "sys.modules['sample_bad00x'] = types.ModuleType('sample_bad00x')",
    ),
    "takes the place of a part of another module": _changes(
        "puts something else in the place of sample_bad01x.config in sys.modules",
        "import sys, types",
        "sys.modules['sample_bad01x.config'] = types.ModuleType('sample_bad01x.config')",
    ),
    "takes the place of another module by an object": _changes(
        "puts something else in the place of sample_bad02x in sys.modules",
        "import sys",
        "sys.modules['sample_bad02x'] = object()",
    ),
    "takes the place of a library": _changes(
        "puts something else in the place of turtle in sys.modules",
        "import sys",
        "from importlib.machinery import ModuleSpec",
        "from importlib.util import module_from_spec",
        "sys.modules['turtle'] = module_from_spec(ModuleSpec('turtle', None))",
    ),
}

_HELPER_ENDS = Bad(source="", kind="died", text="it ended the process that watched it")


def _against_the_parent(name: str, *lines: str) -> Bad:
    """As another user it may not; as the same user it can, and takes down no more than the process that probes it."""
    if os.geteuid() == 0:
        return _raises(name, *lines)
    return Bad(source="\n".join((*lines, "")), kind=_HELPER_ENDS.kind, text=_HELPER_ENDS.text)


OTHERS = {
    "kills its parent": _against_the_parent(
        "PermissionError: [Errno 1]", "import os, time", "os.kill(os.getppid(), 9)", "time.sleep(60)"
    ),
}

BAD_MODULES = {**ENDS, **LIMITS, **LEFT_RUNNING, **PROCESS, **LOGGING, **PATCHES, **EVENTS, **FALSE, **OTHERS}
