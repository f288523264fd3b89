# shellcheck shell=bash
#
# What is needed to build, building, and the tests.

# obtain COMMAND PACKAGE PURPOSE: installs it where that needs no questions, else says what is missing.
obtain() {
    if command -v "$1" >/dev/null; then return 0; fi
    if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
        say "$1 is missing, $3: installing it (apt-get install -y $2)."
        if apt-get install -y "$2" || { apt-get update && apt-get install -y "$2"; }; then return 0; fi
    fi
    die "$1 is missing, $3: install the package $2 (Debian, Ubuntu: sudo apt-get install $2; macOS: xcode-select --install) and try again."
}

need_curl() { obtain curl curl "which asks the replicas whether they are ready"; }
need_compiler() { obtain cc gcc "the C compiler that builds the bundled SQLite"; }

# What the tests start as a real ZooKeeper.
have_zookeeper() {
    command -v java >/dev/null && { [ -f /usr/share/java/zookeeper.jar ] || command -v zkServer.sh >/dev/null; }
}

# Installs it where that needs no questions; one line says so where not, for its tests are then skipped. Debian's package
# zookeeper holds programs only: what would run it as a service of the system is zookeeperd, which is not installed.
want_zookeeper() {
    local why="install the package zookeeper (Debian, Ubuntu: sudo apt-get install zookeeper)"
    if have_zookeeper; then return 0; fi
    if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
        say "zookeeper is missing, which the tests of the membership start: installing it (apt-get install -y zookeeper)."
        local quiet=(env DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends zookeeper)
        if "${quiet[@]}" >/dev/null 2>&1 || { apt-get update >/dev/null 2>&1 && "${quiet[@]}" >/dev/null 2>&1; }; then
            if have_zookeeper; then return 0; fi
        fi
        why="the package zookeeper can't be installed from here"
    fi
    say "The membership with a real ZooKeeper: SKIPPED, zookeeper is missing: $why."
}

# What the tests drive as a real browser.
have_browser() { command -v chromium >/dev/null && command -v chromedriver >/dev/null; }

# The same for the browser and its driver.
want_browser() {
    local why="install the packages chromium and chromium-driver (Debian: sudo apt-get install chromium chromium-driver)"
    if have_browser; then return 0; fi
    if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
        say "A browser is missing, in which the tests look at the pages: installing it (apt-get install -y chromium chromium-driver)."
        local quiet=(env DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends chromium chromium-driver)
        if "${quiet[@]}" >/dev/null 2>&1 || { apt-get update >/dev/null 2>&1 && "${quiet[@]}" >/dev/null 2>&1; }; then
            if have_browser; then return 0; fi
        fi
        why="the packages chromium and chromium-driver can't be installed from here"
    fi
    [ "${REQUIRE_BROWSER:-}" != 1 ] || die "REQUIRE_BROWSER is 1, and there is no browser: $why."
    say "The pages in a real browser: SKIPPED, chromium or chromedriver is missing: $why."
}

# A second browser, in which people do the same; it is used where it is, and never installed.
look_for_firefox() {
    local missing=''
    command -v firefox-esr >/dev/null || command -v firefox >/dev/null || missing='firefox-esr (Debian: sudo apt-get install firefox-esr)'
    command -v geckodriver >/dev/null || missing="${missing:+$missing and }geckodriver (cargo install --locked geckodriver)"
    [ -z "$missing" ] || say "The same in a Firefox: SKIPPED, not installed: $missing."
}

have_cargo() {
    command -v cargo >/dev/null && return 0
    # Just installed, and the shell does not know yet.
    PATH=$PATH:${CARGO_HOME:-${HOME:-}/.cargo}/bin
    command -v cargo >/dev/null
}

need_cargo() {
    have_cargo || die "cargo is missing, which builds the shop: install Rust with \`curl https://sh.rustup.rs -sSf | sh\` (see https://rustup.rs) and try again."
}

binaries_there() {
    local server
    for server in $SERVERS; do
        [ -x "$BIN_DIR/$server" ] || return 1
    done
}

# build PACKAGE...: their programs, in $BIN_DIR.
build() {
    local package packages=()
    need_cargo
    need_compiler
    for package in "$@"; do packages+=(-p "$package"); done
    say "Building what changed; the first time this takes some minutes."
    (cd -- "$HERE" && cargo build --release --locked "${packages[@]}") || die "The build failed: the reason is above."
}

provide_binaries() {
    if [ "$BUILT_ELSEWHERE" = yes ]; then
        binaries_there || die "BIN_DIR is $BIN_DIR, where not all of these are: $SERVERS."
        return 0
    fi
    if any_running && binaries_there; then return 0; fi
    if ! have_cargo && binaries_there; then
        say "cargo is missing: starting what was built before."
        return 0
    fi
    # shellcheck disable=SC2086 # words
    build $SERVERS
}

run_tests() {
    need_cargo
    need_compiler
    # The tests start shops of their own; the settings of this one are not theirs.
    unset ENV_CFG DATA_DIR BIN_DIR SUPERVISE
    cd -- "$HERE"
    # Not for a choice of tests, as is the last step.
    [ $# != 0 ] || { want_zookeeper; want_browser; look_for_firefox; }
    cargo build --workspace --locked
    if cargo nextest --version >/dev/null 2>&1; then
        cargo nextest run --workspace --locked "$@"
    else
        say "cargo-nextest is missing (cargo install --locked cargo-nextest): running the slower cargo test."
        cargo test --workspace --locked --lib --bins --tests "$@"
    fi
    cargo test --doc --workspace --locked
    # Not after a choice of tests.
    [ $# != 0 ] || run_contract "$(absolute "${CARGO_TARGET_DIR:-target}")"
}
