#!/usr/bin/env bash
#
# Builds, starts, watches and stops the whole shop that env.cfg describes. `./runme.sh --help` says how.
#
# Here are the commands; what they are made of is in runme.d/. Nothing in either knows what the
# replicas do with their data. bash 3.2 is enough, because that is what macOS has.

set -euo pipefail

HERE=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")" && pwd -P)
SELF=$HERE/$(basename -- "${BASH_SOURCE[0]}")

SEED=${SEED:-$HERE/catalog/seed/books.csv}
SERVERS="catalog order cart frontend"

READY_WITHIN_MS=30000    # of `up`, for all replicas together
STOP_WITHIN_MS=10000     # of one tier, before its replicas are killed
FIRST_PAUSE_MS=100       # before a dead replica is started again
LONGEST_PAUSE_MS=10000   # the pause doubles up to this
STEADY_AFTER_S=10        # having lived this long, a replica starts again with the first pause
ROUNDS=10                # of client traffic after a start without arguments

# All parts are read before anything runs, so that they may change on disk while a supervisor lives.
# shellcheck source=runme.d/places.sh
. "$HERE/runme.d/places.sh"
# shellcheck source=runme.d/processes.sh
. "$HERE/runme.d/processes.sh"
# shellcheck source=runme.d/build.sh
. "$HERE/runme.d/build.sh"
# shellcheck source=runme.d/supervise.sh
. "$HERE/runme.d/supervise.sh"
# shellcheck source=runme.d/up.sh
. "$HERE/runme.d/up.sh"
# shellcheck source=runme.d/reload.sh
. "$HERE/runme.d/reload.sh"
# shellcheck source=runme.d/down.sh
. "$HERE/runme.d/down.sh"
# shellcheck source=runme.d/show.sh
. "$HERE/runme.d/show.sh"
# shellcheck source=runme.d/traffic.sh
. "$HERE/runme.d/traffic.sh"
# shellcheck source=runme.d/bench.sh
. "$HERE/runme.d/bench.sh"
# shellcheck source=runme.d/own_shop.sh
. "$HERE/runme.d/own_shop.sh"
# shellcheck source=runme.d/contract.sh
. "$HERE/runme.d/contract.sh"
# shellcheck source=runme.d/lighthouse.sh
. "$HERE/runme.d/lighthouse.sh"
# shellcheck source=runme.d/chaos.sh
. "$HERE/runme.d/chaos.sh"

usage() {
    cat <<'TEXT'
Usage: ./runme.sh [command]

  (none)            build, start everything, buy a few books as a client would, then stay in the
                    foreground; Ctrl-C stops everything in order
  up                start what is not running and wait until everything is ready
  reload [REPLICA...]
                    after a change of env.cfg: restart one after the other who has not read it (and who is
                    named), then start what is new; the shop sells on
  down [REPLICA]    stop everything in order, or one replica; the data stays
  status            show every replica; exit status 0 only if all are ready
  logs [replica] [-f]
                    show the end of the logs; -f follows them
  kill REPLICA      kill -9; its supervisor starts it again within a second
  load SCENARIO     let customers loose on the shop that runs; load --help lists scenarios and options
  bench [PART]      measure a shop of its own beside what it is compared with; bench --help lists the parts
  lighthouse [--publish] [PAGE...]
                    look at the pages of a shop of its own as a slow phone would, with Lighthouse, offline too, and
                    check what they may take; some pages by name: those alone
  chaos [--minutes N] [--seed S]
                    break everything in a shop of its own while customers buy, and check that it keeps its word
  simulate [--lives N] [--from SEED] [--seed SEED]
                    live many lives of simulated shops, or tell one of them step by step
  explore [--seconds N]
                    look at every state of a small shop, as far as the time goes; --help says more
  test [args...]    build and run all tests, some with a real ZooKeeper and some in a real browser where they can be had
                    (REQUIRE_BROWSER=1: no browser is a failure), and check the API against
                    its document with Schemathesis where python3 can get it; arguments go to the test runner, which
                    then is all that runs

Environment:
  ENV_CFG           who there is            (default: env.cfg beside this script)
  DATA_DIR          data, logs, process ids (default: data beside this script)
                    Another ENV_CFG and DATA_DIR are another shop; several can run side by side.
  SEED              the opening stock (default: catalog/seed/books.csv)
  SUPERVISE=off     a replica that dies stays dead until the next `up`
  BIN_DIR           use the binaries already built there instead of building

What changed is built at a start while nothing runs; a replica brought back beside others runs what they
run. Exit status: 0 done, 1 it did not work, 2 wrong use or a mistake in env.cfg.
TEXT
}

# Without arguments: open the shop, show that it sells, stay.
foreground() {
    local i shop=''
    WAS_UP=no
    if any_running; then WAS_UP=yes; fi
    OPEN=no
    trap 'leave 130' INT
    trap 'leave 143' TERM HUP PIPE
    trap 'close_shop $?' EXIT
    up
    OPEN=yes
    for i in "${!NAMES[@]}"; do
        if [ "${NAMES[$i]}" = frontend ]; then shop=$(url "$i"); fi
    done
    traffic "$shop"
    say ""
    say "The shop:     $shop/"
    say "About it:     $shop/about"
    say "Logs:         $LOGS (./runme.sh logs -f)"
    if [ "$WAS_UP" = yes ]; then
        say "It was running before this command; Ctrl-C here stops it all the same."
    else
        say "Ctrl-C stops everything."
    fi
    while any_running; do nap_ms 1000; done
    say "The shop was stopped from elsewhere."
}

# Once open, being told to stop is how this command ends well.
# shellcheck disable=SC2317 # called by traps only, as is the next
leave() {
    if [ "$OPEN" = yes ]; then exit 0; else exit "$1"; fi
}

# shellcheck disable=SC2317
close_shop() {
    # Whoever read our words may be gone, the terminal for one; the replicas are stopped all the same.
    set +e
    trap '' PIPE
    trap - EXIT
    trap 'say "Stopping already: a replica may take $((STOP_WITHIN_MS / 1000)) s."' INT TERM HUP
    # A shop that others had opened is not closed because this command could not go on.
    if [ -d "$RUN" ] && { [ "$WAS_UP" = no ] || [ "$OPEN" = yes ]; }; then
        if any_running; then say "Stopping the shop."; fi
        lock
        stop_all
    fi
    unlock
    exit "$1"
}

main() {
    local command=${1:-}
    [ $# = 0 ] || shift
    SUPERVISE=${SUPERVISE:-on}
    case $SUPERVISE in on | off) ;; *) misuse "SUPERVISE is $SUPERVISE: it can be on or off." ;; esac
    case $command in
        logs | kill | reload | down | load | bench | lighthouse | chaos | simulate | explore | test | __*) ;;
        *) [ $# = 0 ] || misuse "Too many arguments: $*" ;;
    esac
    settle_paths
    trap unlock EXIT
    case $command in
        '') foreground ;;
        up) up ;;
        reload) reload "$@" ;;
        down) [ $# -le 1 ] || misuse "down stops everything, or one replica."; down "$@" ;;
        status) status ;;
        logs) logs "$@" ;;
        kill) [ $# = 1 ] || misuse "kill wants the name of one replica."; crash "$1" ;;
        load) run_load "$@" ;;
        bench) run_bench "$@" ;;
        lighthouse) run_lighthouse "$@" ;;
        chaos) run_chaos "$@" ;;
        simulate) run_simulate "$@" ;;
        explore) run_explore "$@" ;;
        test) run_tests "$@" ;;
        help | -h | --help) usage ;;
        __supervise) supervise "$1" ;;
        __run) run_alone "$1" ;;
        *) misuse "Unknown command: $command" ;;
    esac
}

# On one line, for the same reason as above.
main "$@"; exit $?
