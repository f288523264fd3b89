# shellcheck shell=bash
#
# The pages as a slow phone shows them: a shop of its own with many titles, and Lighthouse in a Chromium. What is looked at,
# and what must hold, is in lighthouse.mjs.

LIGHTHOUSE=12.8.2
LIGHTHOUSE_TITLES=5000

# want_lighthouse DIRECTORY: installs it there where it is not; says what is missing where it can't.
want_lighthouse() {
    command -v node >/dev/null || die "node is missing, which runs Lighthouse: install Node.js 20 or later (https://nodejs.org) and try again."
    CHROME_PATH=${CHROME_PATH:-$(command -v chromium || command -v google-chrome || true)}
    [ -x "$CHROME_PATH" ] || die "A browser is missing: install the package chromium, or say in CHROME_PATH where one is."
    export CHROME_PATH
    [ ! -d "$1/node_modules/lighthouse" ] || return 0
    command -v npm >/dev/null || die "npm is missing, which installs Lighthouse: it comes with Node.js."
    say "Installing lighthouse $LIGHTHOUSE in $1; that is done once."
    npm install --prefix "$1" --no-audit --no-fund --loglevel=error "lighthouse@$LIGHTHOUSE" ||
        die "lighthouse $LIGHTHOUSE can't be installed from the package index."
}

# Eight ports that are free now, held together so that they differ.
ports_by_node() {
    node -e '
const { once } = require("node:events");
const { createServer } = require("node:net");
const held = Array.from({ length: 8 }, () => createServer().listen(0, "127.0.0.1"));
Promise.all(held.map((one) => once(one, "listening"))).then(() => {
  console.log(...held.map((one) => one.address().port));
  held.forEach((one) => one.close());
});'
}

# lighthouse [--publish] [PAGE...]: exit status 0 only where everything holds that must.
run_lighthouse() {
    local target tools status=0 ports
    target=$(cd -- "$HERE" && absolute "${CARGO_TARGET_DIR:-target}")
    tools=$target/lighthouse-$LIGHTHOUSE
    want_lighthouse "$tools"
    # shellcheck disable=SC2086 # words
    build_tools $SERVERS
    read -r -a ports <<<"$(ports_by_node)"
    SEED=$(mktemp "${TMPDIR:-/tmp}/bookend-titles-XXXXXX")
    "$BIN_DIR/catalog" generate "$LIGHTHOUSE_TITLES" >"$SEED"
    # A frontend that is killed is to stay away.
    export SEED SUPERVISE=off
    open_own_shop "$BIN_DIR" "${ports[@]}" || status=1
    rm -f -- "$SEED"
    [ "$status" = 0 ] || return 1
    node "$HERE/runme.d/lighthouse.mjs" "$tools" "$OWN_URL" "$OWN_DIR/data/run" "$target/lighthouse" "$HERE/docs/figures.md" "$@" ||
        status=$?
    close_own_shop
    return "$status"
}
