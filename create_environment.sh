#!/bin/sh
# Creates the virtual environment of the Makefile's targets, or updates it.
#
#   ./create_environment.sh FOLDER [PYTHON]
#
# PYTHON: a CPython 3.10 to 3.13. Without it, an existing environment keeps its
# interpreter, and a new one gets the first of these that there is:
#   1. Python 3.11 or 3.10 on the PATH
#   2. Python 3.11, which uv fetches
#   3. Python 3.13 or 3.12 on the PATH
# TensorFlow 2.15, the last one with hub.Module, has no packages for 3.12 and newer. There,
# the environment has the newest TensorFlow.
set -eu
cd "$(dirname "$0")"

folder=$1
python=${2:-}

fail() {
  echo "make: $*" >&2
  exit 2
}

# Prints the version of an interpreter and the path of the one that it is based on, if it
# is in a virtual environment. Prints nothing if it does not run.
describe() {
  "$1" -c '
import os, platform, sys
found = "%d.%d" % sys.version_info[:2]
if platform.python_implementation() != "CPython":
    found += "-" + platform.python_implementation()
elif "free-threading" in sys.version:
    found += "-free-threading"
base = getattr(sys, "_base_executable", None) or sys.executable
print(found + " " + os.path.realpath(base))
' 2>/dev/null || true
}

is_supported() {
  case ${1%% *} in
    3.10 | 3.11 | 3.12 | 3.13) ;;
    *) return 1 ;;
  esac
}

can_create_environments() {
  "${1#* }" -c 'import ensurepip, venv' 2>/dev/null
}

# Prints the description of the first interpreter on the PATH that can be used and has one
# of these versions. The first of a name may be one that only runs in some folders.
find_on_path() {
  for version; do
    for name in "python$version" python3; do
      echo "$PATH" | tr : '\n' | while read -r each; do
        [ -x "$each/$name" ] || continue
        found=$(describe "$each/$name")
        if [ "${found%% *}" = "$version" ] && can_create_environments "$found"; then
          echo "$found"
          break
        fi
      done
    done
  done | head -n 1
}

fetch_with_uv() {
  command -v uv >/dev/null || return 0
  if uv python install --quiet 3.11 >/dev/null 2>&1; then
    describe "$(uv python find --quiet --system --no-project 3.11)"
  else
    echo "make: uv cannot fetch Python 3.11: is there no network?" >&2
  fi
}

choose() {
  chosen=$(find_on_path 3.11 3.10)
  [ -n "$chosen" ] || chosen=$(fetch_with_uv)
  [ -n "$chosen" ] || chosen=$(find_on_path 3.13 3.12)
  if [ -z "$chosen" ]; then
    other=$(describe python3)
    fail "the PATH must have a CPython 3.10 to 3.13 with the modules venv and ensurepip," \
      "found ${other:-no python3}: install Python 3.11, with Debian also python3.11-venv," \
      "or uv, which fetches it"
  fi
}

check_given() {
  chosen=$(describe "$python")
  [ -n "$chosen" ] || fail "PYTHON must be a CPython 3.10 to 3.13, found '$python'," \
    "which does not run: is it installed?"
  is_supported "$chosen" || fail "PYTHON must be a CPython 3.10 to 3.13, for which" \
    "TensorFlow has packages, found $chosen: choose another, as in" \
    "make PYTHON=python3.11 module"
  can_create_environments "$chosen" || fail "PYTHON must have the modules venv and" \
    "ensurepip, found $chosen without them: is Debian's python${chosen%% *}-venv missing?"
}

# Whether a folder may be deleted.
is_ours() {
  [ -e "$folder/$mark" ] || [ -z "$(ls -A "$folder")" ] ||
    { [ "$folder" = .venv ] && [ -e "$folder/pyvenv.cfg" ]; }
}

mark=created_by_make
installed=$folder/installed
current=""
[ ! -x "$folder/bin/python" ] || current=$(describe "$folder/bin/python")
if [ -n "$python" ]; then
  check_given
elif [ -e "$installed" ] && is_supported "$current"; then
  chosen=$current
else
  choose
fi

if [ "$chosen" != "$current" ] && [ -e "$folder" ]; then
  is_ours || fail "VENV must be an environment that make created, or a new folder, found" \
    "'$folder', which make would delete: choose another name"
  rm -rf "$folder"
fi

case ${chosen%% *} in
  3.10 | 3.11) tensorflow=hub ;;
  *) tensorflow=newest ;;
esac
for each in setup.py pyproject.toml create_environment.sh; do
  [ "$each" -nt "$installed" ] || continue
  rm -f "$installed"
done
[ ! -e "$installed" ] || exit 0

echo "installing into $folder: Python $chosen, extra '$tensorflow'"
extras=pretrained,keras,safetensors,download,images,finetune,build,serve,test,docs,compat
if ! [ -e "$folder/bin/pip" ]; then
  mkdir -p "$folder"
  touch "$folder/$mark"
  "${chosen#* }" -m venv "$folder"
fi
requirement=".[$tensorflow,$extras]"
python=$folder/bin/python
"$python" -m pip install --quiet --upgrade pip uv
# uv is much faster than pip, but it does not read pip's configuration, which may name a
# mirror of PyPI.
# Without bytecode, an import of TensorFlow takes three times as long. Python writes it at
# the first import, unless PYTHONDONTWRITEBYTECODE is set.
"$python" -m uv pip install --quiet ${PYTHONDONTWRITEBYTECODE:+--compile-bytecode} \
  --python "$python" --editable "$requirement" ||
  "$python" -m pip install --quiet --editable "$requirement"
touch "$installed"
