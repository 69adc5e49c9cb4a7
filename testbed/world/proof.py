"""One line per check: `ok name: detail`, `FAIL name: detail`, `skip name: why`."""
import sys
import time


class Proof:
    def __init__(self):
        self.passed = self.failed = self.skipped = 0
        self.failures = []

    def check(self, name, held, detail=""):
        word = "ok" if held else "FAIL"
        self.passed += bool(held)
        self.failed += not held
        line = f"{name}: {detail}" if detail else name
        if not held:
            self.failures.append(line)
        print(f"{word} {line}", flush=True)
        return bool(held)

    def skip(self, name, why):
        self.skipped += 1
        print(f"skip {name}: {why}", flush=True)

    def summary(self):
        for line in self.failures:
            print(f"  FAIL {line}")
        skipped = f", {self.skipped} skipped" if self.skipped else ""
        print(f"{self.passed} passed, {self.failed} failed{skipped}", flush=True)
        return 1 if self.failed or not self.passed else 0


def say(text):
    """Progress, for the person who waits."""
    print(f"   {text}", file=sys.stderr, flush=True)


def until(question, seconds, every=0.05):
    """Asks until the answer is true, or the deadline passes; gives the answer."""
    deadline = time.monotonic() + seconds
    while True:
        answer = question()
        if answer or time.monotonic() >= deadline:
            return answer
        time.sleep(every)
