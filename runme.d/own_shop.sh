# shellcheck shell=bash
#
# A shop of its own for a command that looks at one: free ports on the loopback address, and data that are removed at its
# end. One at a time in a process.

OWN_MEMBERS="frontend catalogA catalogB orderA orderB cartA cartB cartC"

# own_shop COMMAND...: this script, for that shop.
own_shop() { ENV_CFG=$OWN_DIR/env.cfg DATA_DIR=$OWN_DIR/data BIN_DIR=$OWN_BIN "$SELF" "$@"; }

# open_own_shop DIRECTORY_OF_PROGRAMS PORT...: opens it, with as many ports as members; OWN_URL is where. It is closed when
# this process ends.
open_own_shop() {
    local name
    OWN_BIN=$1 OWN_URL=http://127.0.0.1:$2
    shift
    OWN_DIR=$(mktemp -d "${TMPDIR:-/tmp}/bookend-own-XXXXXX")
    trap 'close_own_shop' EXIT
    trap 'exit 130' INT
    trap 'exit 143' TERM
    for name in $OWN_MEMBERS; do
        printf '%s_ip=127.0.0.1\n%s_port=%s\n' "$name" "$name" "$1"
        shift
    done >"$OWN_DIR/env.cfg"
    own_shop up >"$OWN_DIR/up.log" 2>&1 || { cat -- "$OWN_DIR/up.log" >&2; return 1; }
}

close_own_shop() {
    trap - EXIT INT TERM
    own_shop down >/dev/null || warn "The shop of this run could not be stopped; its data: $OWN_DIR"
    rm -rf -- "$OWN_DIR"
}
