# shellcheck shell=bash
#
# The API against its own document: Schemathesis reads /api/openapi.json of a shop of its own and sends it what the
# document allows and what it forbids. What the document can't say is in contract_hooks.py.

SCHEMATHESIS=4.32.5
CONTRACT_SEED=677
CONTRACT_EXAMPLES=250    # of each operation and phase

# Runs it where it can be had; one line says so where not.
run_contract() {
    local venv=$1/contract-$SCHEMATHESIS why='' status=0
    CONTRACT_BIN=$1/debug
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
    CONTRACT_DIR=$(mktemp -d "${TMPDIR:-/tmp}/bookend-contract-XXXXXX")
    trap 'close_contract' EXIT
    trap 'exit 130' INT
    trap 'exit 143' TERM
    check_contract "$venv" || status=$?
    close_contract
    trap - EXIT INT TERM
    return "$status"
}

# The shop of the run: data and free ports of its own, on the loopback address.
contract_shop() { ENV_CFG=$CONTRACT_DIR/env.cfg DATA_DIR=$CONTRACT_DIR/data BIN_DIR=$CONTRACT_BIN "$SELF" "$@"; }

close_contract() {
    contract_shop down >/dev/null || warn "The shop of the contract run could not be stopped; its data: $CONTRACT_DIR"
    rm -rf -- "$CONTRACT_DIR"
}

# Eight ports that are free now, held together so that they differ.
free_ports() {
    python3 -c '
import socket
held = [socket.create_server(("127.0.0.1", 0)) for _ in range(8)]
print(*(one.getsockname()[1] for one in held))'
}

check_contract() {
    local name ports shop cursor status=0
    read -r -a ports <<<"$(free_ports)"
    shop=http://127.0.0.1:${ports[0]}
    for name in frontend catalogA catalogB orderA orderB cartA cartB cartC; do
        printf '%s_ip=127.0.0.1\n%s_port=%s\n' "$name" "$name" "${ports[0]}"
        ports=("${ports[@]:1}")
    done >"$CONTRACT_DIR/env.cfg"
    contract_shop up >"$CONTRACT_DIR/up.log" 2>&1 || { cat -- "$CONTRACT_DIR/up.log" >&2; return 1; }
    cursor=$(call "$shop/api/v1/books?limit=1" | sed -n 's/.*"next":"\([0-9a-f]*\)".*/\1/p')
    say "The API against its document: schemathesis $SCHEMATHESIS, seed $CONTRACT_SEED, $shop"
    # There it leaves its notes. Proxies are not for our own replicas.
    (
        cd -- "$CONTRACT_DIR"
        CONTRACT_SHOP=$shop CONTRACT_CURSOR=$cursor SCHEMATHESIS_HOOKS=$HERE/runme.d/contract_hooks.py NO_PROXY='*' \
            "$1/bin/st" --no-color run "$shop/api/openapi.json" --seed "$CONTRACT_SEED" \
            --max-examples "$CONTRACT_EXAMPLES" --checks all --continue-on-failure --request-timeout 10 --no-shrink
    ) || status=$?
    contract_shop status >"$CONTRACT_DIR/status.log" || { cat -- "$CONTRACT_DIR/status.log" >&2; status=1; }
    return "$status"
}
