# Functions that the scripts share; source this file.
# shellcheck shell=bash disable=SC2034
set -euo pipefail

root="$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)"

# The packages for building the library and its programs.
build_packages=(g++ cmake ninja-build libboost1.81-dev nlohmann-json3-dev libsimdjson-dev
  libssl-dev zlib1g-dev)

as_root() {
  if [[ $EUID -eq 0 ]]; then "$@"; else sudo "$@"; fi
}

is_installed() {
  [[ "$(dpkg-query --show --showformat='${db:Status-Status}' "$1" 2>/dev/null)" == installed ]]
}

# Installs the packages that are missing. If others have to go for them, as another version of Boost
# does, asks on a terminal, and stops elsewhere.
install_packages() {
  if ! command -v apt-get >/dev/null; then
    echo "There is no apt-get here; these packages of Debian 12 have to be installed: $*" >&2
    return
  fi
  local package missing=() removed answer
  for package in "$@"; do
    is_installed "$package" || missing+=("$package")
  done
  [[ ${#missing[@]} -gt 0 ]] || return 0
  echo "Installing ${missing[*]}"
  as_root apt-get update --quiet
  removed="$(apt-get install --simulate --no-install-recommends "${missing[@]}" |
    sed -n 's/^Remv \([^ ]*\).*/\1/p')"
  if [[ -n $removed ]]; then
    echo "That would remove these packages:" $removed >&2
    answer=no
    [[ ! -t 0 ]] || read -r -p "Remove them? [y/N] " answer
    if [[ ${answer,,} != y && ${answer,,} != yes ]]; then
      echo "Nothing has been installed or removed. Install what you want of it yourself:" >&2
      echo "  apt-get install ${missing[*]}" >&2
      exit 1
    fi
  fi
  as_root env DEBIAN_FRONTEND=noninteractive \
    apt-get install --quiet --yes --no-install-recommends "${missing[@]}"
}

# Prints the packages for Node.js, unless a Node.js from any source is installed.
node_packages() {
  local version
  if version="$(node --version 2>/dev/null)" && command -v npm >/dev/null; then
    version="${version#v}"
    [[ ${version%%.*} -lt 18 ]] || return 0
  fi
  # npm needs the certificates to reach its registry.
  echo nodejs npm ca-certificates
}

# Installs the packages of a folder's package-lock.json, unless they are up to date.
install_node_modules() {
  local folder="$root/$1"
  local installed="$folder/node_modules/.package-lock.json"
  if [[ ! -e "$installed" || "$folder/package-lock.json" -nt "$installed" ]]; then
    (cd "$folder" && npm ci --ignore-scripts --no-audit --no-fund)
  fi
}

# Configures with a preset and any further options.
configure() {
  (cd "$root" && cmake --preset "$@" "-DCMAKE_CXX_COMPILER_LAUNCHER=$(command -v ccache || true)")
}

# Builds targets of a configured preset, or everything.
build() {
  local preset="$1" target targets=()
  shift
  for target in "$@"; do targets+=(--target "$target"); done
  cmake --build "$root/build/$preset" --parallel "$(nproc)" "${targets[@]}"
}

# Lists the C++ files, including those that git does not track yet.
source_files() {
  git -C "$root" -c safe.directory="$root" \
    ls-files --cached --others --exclude-standard -- '*.hpp' '*.cpp'
}
