# shellcheck shell=bash
#
# Where everything is, who there is, and how to speak to it and to people.
#
# There is no second parser of env.cfg here: `catalog roster` reads it.

say() { printf '%s\n' "$*"; }
warn() { printf '%s\n' "$*" >&2; }
die() { warn "$*"; exit 1; }
# One line about one replica.
row() { printf '%-10s %s\n' "$1" "$2"; }

# Milliseconds since some fixed moment. Before bash 5 there are only whole seconds, which is enough.
now_ms() {
    if [ -n "${EPOCHREALTIME:-}" ]; then
        local us=${EPOCHREALTIME//[!0-9]/}
        printf '%s' "$((us / 1000))"
    else
        printf '%s' "$((SECONDS * 1000))"
    fi
}

# Milliseconds as the seconds that `sleep` and people read: 100 -> 0.1
seconds() {
    local tenths=$((($1 + 50) / 100))
    printf '%d.%d' "$((tenths / 10))" "$((tenths % 10))"
}

# Makes a path absolute, as seen from where the caller stood; it need not exist.
absolute() {
    case $1 in
        /*) printf '%s' "$1" ;;
        *) printf '%s/%s' "$PWD" "$1" ;;
    esac
}

# Wrong use of the command line.
misuse() {
    warn "$*"
    warn "./runme.sh --help lists what there is."
    exit 2
}

settle_paths() {
    ENV_CFG=$(absolute "${ENV_CFG:-$HERE/env.cfg}")
    DATA_DIR=$(absolute "${DATA_DIR:-$HERE/data}")
    settle_data_dir
    if [ -n "${BIN_DIR:-}" ]; then
        BIN_DIR=$(absolute "$BIN_DIR")
        BUILT_ELSEWHERE=yes
    else
        BIN_DIR=$(cd -- "$HERE" && absolute "${CARGO_TARGET_DIR:-target}")/release
        BUILT_ELSEWHERE=no
    fi
    export ENV_CFG DATA_DIR
}

# One directory must have one name, for the name tells the processes of two shops apart.
settle_data_dir() {
    if [ -d "$DATA_DIR" ]; then
        DATA_DIR=$(cd -- "$DATA_DIR" && pwd -P)
    fi
    RUN=$DATA_DIR/run
    LOGS=$DATA_DIR/logs
}

make_directories() {
    mkdir -p -- "$RUN" "$LOGS" || die "Cannot write to $DATA_DIR: choose another directory with DATA_DIR."
    settle_data_dir
}

# Fills NAMES, TIERS, IPS and PORTS, in the order of start.
read_roster() {
    local name tier ip port lines status=0
    [ -x "$BIN_DIR/catalog" ] || die "There is no $BIN_DIR/catalog yet: build with ./runme.sh or ./runme.sh up."
    lines=$("$BIN_DIR/catalog" roster) || status=$?
    [ "$status" = 0 ] || exit "$status"
    NAMES=() TIERS=() IPS=() PORTS=()
    while read -r name tier ip port; do
        NAMES+=("$name") TIERS+=("$tier") IPS+=("$ip") PORTS+=("$port")
    done <<<"$lines"
}

# url INDEX: where that replica is called; one that listens everywhere is called on the loopback address.
url() {
    case ${IPS[$1]} in
        0.0.0.0) printf 'http://127.0.0.1:%s' "${PORTS[$1]}" ;;
        ::) printf 'http://[::1]:%s' "${PORTS[$1]}" ;;
        *:*) printf 'http://[%s]:%s' "${IPS[$1]}" "${PORTS[$1]}" ;;
        *) printf 'http://%s:%s' "${IPS[$1]}" "${PORTS[$1]}" ;;
    esac
}

# A settings file or a proxy of the user's must not come between us and our own replicas.
call() { curl -q --silent --noproxy '*' --connect-timeout 1 --max-time 5 "$@"; }
