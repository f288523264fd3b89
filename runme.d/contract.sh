# shellcheck shell=bash
#
# The API against its own document: Schemathesis reads /api/openapi.json of a shop of its own and sends it what the
# document allows and what it forbids. What the document can't say is in contract_hooks.py.

SCHEMATHESIS=4.32.5
CONTRACT_SEED=677
CONTRACT_EXAMPLES=250    # of each operation and phase

# Runs it where it can be had; one line says so where not.
run_contract() {
    local venv=$1/contract-$SCHEMATHESIS why='' status=0 ports
    if [ ! -x "$venv/bin/st" ]; then
        if ! command -v python3 >/dev/null; then
            why="python3 is missing"
        elif ! python3 -m venv --clear "$venv" >/dev/null 2>&1; then
            why="python3 can't make a virtual environment here (Debian, Ubuntu: apt-get install python3-venv)"
        elif ! "$venv/bin/pip" install --quiet --disable-pip-version-check "schemathesis==$SCHEMATHESIS" >/dev/null 2>&1; then
            why="schemathesis $SCHEMATHESIS can't be installed from the package index"
        fi
    fi
    if [ -n "$why" ]; then
        rm -rf -- "$venv"
        say "The API against its document: SKIPPED, $why."
        return 0
    fi
    read -r -a ports <<<"$(free_ports)"
    open_own_shop "$1/debug" "${ports[@]}" || return
    check_contract "$venv" || status=$?
    close_own_shop
    return "$status"
}

# Eight ports that are free now, held together so that they differ.
free_ports() {
    python3 -c '
import socket
held = [socket.create_server(("127.0.0.1", 0)) for _ in range(8)]
print(*(one.getsockname()[1] for one in held))'
}

check_contract() {
    local cursor status=0
    cursor=$(call "$OWN_URL/api/v1/books?limit=1" | sed -n 's/.*"next":"\([0-9a-f]*\)".*/\1/p')
    say "The API against its document: schemathesis $SCHEMATHESIS, seed $CONTRACT_SEED, $OWN_URL"
    # There it leaves its notes. Proxies are not for our own replicas.
    (
        cd -- "$OWN_DIR"
        CONTRACT_SHOP=$OWN_URL CONTRACT_CURSOR=$cursor SCHEMATHESIS_HOOKS=$HERE/runme.d/contract_hooks.py NO_PROXY='*' \
            "$1/bin/st" --no-color run "$OWN_URL/api/openapi.json" --seed "$CONTRACT_SEED" \
            --max-examples "$CONTRACT_EXAMPLES" --checks all --continue-on-failure --request-timeout 10 --no-shrink
    ) || status=$?
    own_shop status >"$OWN_DIR/status.log" || { cat -- "$OWN_DIR/status.log" >&2; status=1; }
    return "$status"
}
