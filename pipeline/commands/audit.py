"""`make audit`: every package is locked with hashes and installed as locked; licences, and known vulnerabilities.

pip-audit has an environment of its own (locks/audit.lock), and asks a service about the packages of requirements.lock.
"""

import json
import re
import subprocess
from collections import Counter
from collections.abc import Iterable, Mapping
from importlib.metadata import Distribution, distributions
from pathlib import Path

from pipeline.base.console import UserError, command, plural, say

LOCKS = Path("locks")
MAIN = Path("requirements.lock")
_AUDIT = Path(".venv-audit/bin/pip-audit")
_PATIENCE = 300.0
_NOT_LOCKED = {"pip", "setuptools"}  # of the virtual environment itself
_PIN = re.compile(r"^([A-Za-z0-9][\w.-]*)==(\S+)")
_COPYLEFT = re.compile(r"\b(?<!L)A?GPL|(?<!Lesser )General Public License", re.IGNORECASE)
Pins = set[tuple[str, str]]


def normal(name: str) -> str:
    """Normalise the name of a package, as PEP 503 does."""
    return re.sub(r"[-_.]+", "-", name).lower()


def pins_of(lock: Path) -> Pins:
    """Read the (name, version) pairs of a lock. Raises UserError naming a line that has no version or no hash."""
    pins: Pins = set()
    for entry in lock.read_text(encoding="utf-8").replace("\\\n", " ").splitlines():
        if not entry.strip() or entry.startswith("#"):
            continue
        pin = _PIN.match(entry)
        if not pin or "--hash=sha256:" not in entry:
            raise UserError(f"{lock}: {entry.split()[0]} has no version or no hash; run `make lock`")
        pins.add((normal(pin[1]), pin[2]))
    return pins


def strangers(installed: Iterable[tuple[str, str]], pins: Pins) -> list[str]:
    """List the installed packages that no lock names in this version."""
    found = ((normal(name), version) for name, version in installed)
    return sorted(
        f"{name} {version}" for name, version in found if name not in _NOT_LOCKED and (name, version) not in pins
    )


def licence_of(meta: Mapping[str, str], classifiers: Iterable[str] = ()) -> str:
    """Find the licence of a package: its SPDX expression, else its classifiers, else the first line that it writes."""
    if expression := meta.get("License-Expression"):
        return expression
    named = {line.rpartition(" :: ")[2] for line in classifiers if line.startswith("License :: ")} - {"OSI Approved"}
    if named:
        return " / ".join(sorted(named))
    return ((meta.get("License") or "").strip().splitlines() or ["unknown"])[0][:60]


def _licence(one: Distribution) -> str:
    meta = {name: str(one.metadata[name]) for name in ("License-Expression", "License") if name in one.metadata}
    return licence_of(meta, one.metadata.get_all("Classifier") or ())


def say_licences(licences: Mapping[str, str]) -> None:
    """Print how many packages have each licence, and name those whose licence is unknown or strongly copyleft."""
    for licence, count in Counter(licences.values()).most_common():
        say(f"audit: {count:4d} {licence}")
    for name, licence in sorted(licences.items()):
        if licence == "unknown" or _COPYLEFT.search(licence):
            say(f"audit: look at {name}: {licence}")


def vulnerabilities(output: str) -> list[str]:
    """List what pip-audit's JSON says of the packages. Raises ValueError if it is none."""
    packages = json.loads(output)["dependencies"]
    return [f"{one['name']} {one['version']}: {found['id']}" for one in packages for found in one.get("vulns", [])]


def known_vulnerabilities() -> list[str] | None:
    """Ask pip-audit; None if it is not installed, or no service answers."""
    words = [
        str(_AUDIT),
        "-r",
        str(MAIN),
        "--require-hashes",
        "--disable-pip",
        "--progress-spinner",
        "off",
        "-f",
        "json",
    ]
    try:
        done = subprocess.run(words, capture_output=True, text=True, check=False, timeout=_PATIENCE)
        return vulnerabilities(done.stdout)
    except (OSError, subprocess.TimeoutExpired, ValueError, KeyError):
        return None


@command("audit")
def main() -> None:
    """Check everything, and end with an error if a package is not as locked or has a known vulnerability."""
    locks = [MAIN, *sorted(LOCKS.glob("*.lock"))]
    pins = set[tuple[str, str]]().union(*map(pins_of, locks))
    say(f"audit: {plural(len(pins), 'package')} in {plural(len(locks), 'lock')}, each with its hashes")
    installed = list(distributions())
    say_licences({one.metadata["Name"]: _licence(one) for one in installed})
    if unlocked := strangers(((one.metadata["Name"], one.version) for one in installed), pins):
        raise UserError(f"installed but not locked: {', '.join(unlocked)}; run `make clean setup`")
    found = known_vulnerabilities()
    if found is None:
        say("audit: vulnerabilities were not looked up: pip-audit is not installed or got no answer")
    elif found:
        raise UserError(f"{plural(len(found), 'known vulnerability', 'known vulnerabilities')}: {'; '.join(found)}")
    else:
        say("audit: no known vulnerability")


if __name__ == "__main__":
    main()
