"""Whether this machine can build Pellucid: one line says what is missing and what to install, before minutes are spent.

Run by `make`, with the Python that the virtual environment is made of; it needs nothing but that, from version 3.6 on.
"""

import os
import shutil
import subprocess
import sys
import sysconfig

PROBE = """
#if defined(__apple_build_version__)
#if __clang_major__ < 14
#error too old
#endif
#elif defined(__clang__)
#if __clang_major__ < 14
#error too old
#endif
#elif defined(__GNUC__) && __GNUC__ < 11
#error too old
#endif
#include <bit>
#include <concepts>
#include <span>
int main() { return 0; }
"""
INSTALL = "install one (Debian, Ubuntu: apt install g++; Fedora: dnf install gcc-c++; macOS: xcode-select --install)"
COMPILERS = ("c++", "g++", "clang++")  # the order in which CMake looks for one


def obstacle():
    """What is in the way, as one line; None if nothing is."""
    if sys.version_info < (3, 11):  # noqa: UP036 (that is what is asked)
        found = ".".join(map(str, sys.version_info[:3]))
        return f"Python 3.11 or newer is needed, {sys.executable} is {found}; say PYTHON=/path/to/python3.11"
    try:
        import ensurepip  # noqa: F401
        import venv  # noqa: F401
    except ImportError:
        return f"{sys.executable} has no module venv; install it (Debian, Ubuntu: apt install python3-venv)"
    if not os.path.exists(os.path.join(sysconfig.get_path("include"), "Python.h")):
        return f"the headers of {sys.executable} are missing; install them (Debian, Ubuntu: apt install python3-dev)"
    return compiler_obstacle(os.environ.get("CXX", ""))


def compiler_obstacle(wanted):
    """What is wrong with the compiler that CXX names, or else with the one that is found; None if nothing is."""
    names = wanted.split()[:1] or [name for name in COMPILERS if shutil.which(name)][:1]
    if not names or not shutil.which(names[0]):
        missing = f"CXX={wanted} is no program" if wanted else "there is none"
        return f"a C++20 compiler is needed (GCC 11+, Clang 14+), {missing}; {INSTALL}"
    command = [names[0], "-std=c++20", "-x", "c++", "-fsyntax-only", "-"]
    done = subprocess.run(command, input=PROBE.encode(), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    if done.returncode == 0:
        return None
    return f"a C++20 compiler is needed (GCC 11+, Clang 14+), {names[0]} is none; {INSTALL}, or say CXX=/path/to/it"


if __name__ == "__main__":
    problem = obstacle()
    if problem is not None:
        sys.exit("pellucid: " + problem)
