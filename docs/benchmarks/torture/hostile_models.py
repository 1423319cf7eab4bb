"""Models that do to their process what no model should, as files that anybody could write."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

FILE = """
import ctypes, os, random, signal, subprocess, sys, threading, time, warnings
import numpy as np
import torch
from emobench import Card, Model, Output


class Written(Model):
    card = Card(name="{name}", title="t", inputs={{"text": ("word_vectors",)}})

    def __init__(self, task, config, variant="corrected"):
        super().__init__(task, config, variant)
        self.head = torch.nn.Linear(task.size("text"), len(task.classes))

    def fit(self, session):
{fit}
        session.loop(self)

    def forward(self, batch):
        x = batch["text"]
        means = (x.values * x.mask[..., None]).sum(dim=1) / x.lengths.clamp(min=1)[:, None]
        tested = not batch.labels.any()
{forward}
        return Output(self.head(means.to(self.head.weight.dtype)))
"""


@dataclass(frozen=True)
class Deed:
    """What a model does.

    Parameters
    ----------
    fit
        Statements before its training.
    forward
        Statements in every forward pass, where ``tested`` says that test utterances are shown.
    reason
        A part of the reason with which its cells fail; "" if they are done.
    """

    fit: str = "pass"
    forward: str = "pass"
    reason: str = ""


TIME, MEMORY = "the limit of --timeout", "the limit of --memory"
DEEDS = {
    "hangs_asleep": Deed("time.sleep(10**6)", reason=TIME),
    "hangs_busy": Deed("while True: pass", reason=TIME),
    # The interpreter's lock is held throughout: no other thread of the process ever runs.
    "hangs_natively": Deed("ctypes.PyDLL(None).sleep(10**6)", reason=TIME),
    "hangs_at_test": Deed(forward="while tested: time.sleep(1)", reason=TIME),
    "deaf": Deed(
        "for n in range(1, 65):\n"
        "    try: signal.signal(n, signal.SIG_IGN)\n"
        "    except (OSError, ValueError): pass\n"
        "time.sleep(10**6)",
        reason=TIME,
    ),
    "leaks": Deed("kept = []\nwhile True: kept.append(bytearray(b'x') * 2**25)", reason=MEMORY),
    "leaks_tensors": Deed("kept = []\nwhile True: kept.append(torch.ones(2**23))", reason=MEMORY),
    "leaks_in_a_child": Deed(
        "subprocess.run([sys.executable, '-c', 'x = b\"x\" * 2**31; input()'],"
        " stdin=subprocess.PIPE)\ntime.sleep(10**6)",
        reason="the limit of --",
    ),
    "exits": Deed("os._exit(3)", reason="ended itself with status 3"),
    "exits_well": Deed("os._exit(0)", reason="ended itself with status 0"),
    "exits_at_test": Deed(forward="tested and os._exit(4)", reason="ended itself with status 4"),
    "crashes": Deed("ctypes.string_at(0)", reason="SIGSEGV"),
    "aborts": Deed("os.abort()", reason="SIGABRT"),
    "kills_itself": Deed("os.kill(os.getpid(), signal.SIGKILL)", reason="SIGKILL"),
    "leaves": Deed("sys.exit(5)", reason="SystemExit"),
    "interrupts": Deed("raise KeyboardInterrupt", reason="KeyboardInterrupt"),
    "throws": Deed("raise BaseException('no more')", reason="BaseException"),
    "recurses": Deed("def f(): f()\nf()", reason="RecursionError"),
    "closes_files": Deed(
        "os.closerange(3, 4096)\nos._exit(0)", reason="ended itself with status 0"
    ),
    "prints": Deed("for n in range(1_000_000): print('line', n)"),
    "prints_natively": Deed("for n in range(20_000): os.write(1, b'line ' * 20 + b'\\n')"),
    "warns": Deed("for n in range(20_000): warnings.warn(f'warning {n}')"),
    "pollutes": Deed(
        "torch.set_num_threads(3)\n"
        "torch.use_deterministic_algorithms(True)\n"
        "torch.set_float32_matmul_precision('medium')\n"
        "torch.manual_seed(1)\n"
        "np.random.seed(1)\n"
        "random.seed(1)\n"
        "os.environ['OMP_NUM_THREADS'] = '9'\n"
        "os.chdir('/')\n"
        "warnings.simplefilter('ignore')"
    ),
    "sets_dtype": Deed("torch.set_default_dtype(torch.float64)"),
    "patches": Deed("torch.nn.Linear.forward = lambda self, x: x @ self.weight.T * 0"),
    "forks": Deed("os.fork() or time.sleep(10**6)\nsubprocess.Popen(['sleep', '1000000'])"),
    "goes_on_twice": Deed("os.fork()"),
    "leaves_threads": Deed(
        "threading.Thread(target=lambda: [torch.manual_seed(n) for n in range(10**9)],"
        " daemon=True).start()\nthreading.Thread(target=time.sleep, args=(10**6,)).start()"
    ),
}
"""What each kind of model does, by its name."""


def write(folder: Path, name: str, deed: Deed) -> Path:
    """Write a model called `name` to `folder`, and return its file."""
    path = folder / f"{name}.py"
    texts = {
        where: "\n".join(" " * 8 + line for line in text.splitlines())
        for where, text in (("fit", deed.fit), ("forward", deed.forward))
    }
    path.write_text(FILE.format(name=name, **texts), encoding="utf-8")
    return path
