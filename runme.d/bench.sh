# shellcheck shell=bash
#
# Load and figures: customers for the shop that runs, and a shop of its own beside what it is measured against. What is
# done and measured is the programs' business.

# build_tools PACKAGE...: the programs that measure; the shop's own are built by `up`.
build_tools() {
    local tool
    # What they print is for their reader, or for a file.
    if [ "$BUILT_ELSEWHERE" = no ]; then build "$@" >&2; fi
    for tool in "$@"; do
        [ -x "$BIN_DIR/$tool" ] || die "BIN_DIR is $BIN_DIR, where there is no $tool."
    done
}

# load [OPTIONS...] SCENARIO: the client, at the first frontend of this shop.
run_load() {
    local i
    build_tools client
    read_roster
    for i in "${!NAMES[@]}"; do
        if [ "${NAMES[$i]}" = frontend ]; then break; fi
    done
    exec "$BIN_DIR/client" run --target "$(url "$i")" --runme "$SELF" "$@"
}

# bench [OPTIONS...] [PART...]: a shop of its own, on ports of its own, with data that are removed at its end.
run_bench() {
    need_curl
    # shellcheck disable=SC2086 # words
    build_tools bench $SERVERS
    # The settings of this shop are not its.
    unset ENV_CFG DATA_DIR SUPERVISE
    export BIN_DIR
    exec "$BIN_DIR/bench" run "$@"
}
