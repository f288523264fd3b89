# shellcheck shell=bash
#
# Faults: a shop of its own in which everything is broken again and again, really or in a simulation. What is done and
# checked is the programs' business.

# chaos [OPTIONS...]: a shop of its own, on ports of its own, with data that are removed at its end.
run_chaos() {
    # shellcheck disable=SC2086 # words
    build_tools chaos $SERVERS
    # The settings of this shop are not its.
    unset ENV_CFG DATA_DIR SUPERVISE MOST_DATA_MIB
    export BIN_DIR
    exec "$BIN_DIR/chaos" "$@"
}

# simulate [OPTIONS...]: many lives of simulated shops, or one of them told step by step.
run_simulate() {
    build_tools proof
    exec "$BIN_DIR/proof" simulate "$@"
}

# explore [OPTIONS...]: every state of a small shop.
run_explore() {
    build_tools proof
    exec "$BIN_DIR/proof" explore "$@"
}
