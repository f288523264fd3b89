# shellcheck shell=bash
#
# One replica and the process that starts it again when it dies.
#
# A supervisor is runme.sh with the hidden first argument `__supervise`, in a session of its own, so that
# it outlives the terminal. It needs no lock: `up` makes sure that there is one for each replica.

# A line in the log of the replica, in the form of its own lines.
log_line() {
    printf '{"timestamp":"%s","level":"%s","fields":{"message":"%s"},"target":"runme"}\n' \
        "$(date -u +%Y-%m-%dT%H:%M:%SZ)" "$1" "$2"
}

# Sleeps so that a signal ends it at once.
nap_ms() {
    local sleeper
    sleep "$(seconds "$1")" &
    sleeper=$!
    wait "$sleeper" || true
    kill "$sleeper" 2>/dev/null || true
}

# Waits for CHILD to end and sets STATUS. A signal ends a `wait` early: then the child still lives.
# The shell's own words about a killed child would be the only line in the log that is not JSON.
await_child() {
    while :; do
        STATUS=0
        { wait "$CHILD"; } 2>/dev/null || STATUS=$?
        kill -0 "$CHILD" 2>/dev/null || return 0
    done
}

# The supervisor of this replica died and the replica lives on: watch it without being its parent.
adopt() {
    replica_alive "$1" || return 0
    CHILD=$PID
    log_line INFO "$1 (pid $CHILD) has a supervisor again"
    while replica_alive "$1" && [ "$PID" = "$CHILD" ]; do nap_ms 200; done
    CHILD=
    [ "$STOPPING" = yes ] || log_line WARN "$1 ended and is started again"
}

supervise() {
    local name=$1 pause_ms=$FIRST_PAUSE_MS born
    CHILD='' STOPPING=no
    trap 'STOPPING=yes; [ -z "$CHILD" ] || kill -TERM "$CHILD" 2>/dev/null || true' TERM
    trap ':' USR1 # only ends a pause: somebody wants the replica now
    say "$$" >"$RUN/$name.supervisor.pid"
    adopt "$name"
    while [ "$STOPPING" = no ]; do
        born=$SECONDS
        "$BIN_DIR/${name%[[:upper:]]}" serve --name "$name" &
        CHILD=$!
        say "$CHILD" >"$RUN/$name.pid"
        # The signal may have come before there was a child to pass it on to.
        [ "$STOPPING" = no ] || kill -TERM "$CHILD" 2>/dev/null || true
        await_child
        CHILD=
        [ "$STOPPING" = no ] || break
        if [ "$STATUS" = 2 ]; then
            log_line ERROR "$name refused to run (exit status 2) and is not started again"
            return 0
        fi
        [ $((SECONDS - born)) -lt "$STEADY_AFTER_S" ] || pause_ms=$FIRST_PAUSE_MS
        log_line WARN "$name ended with status $STATUS and is started again in $(seconds "$pause_ms") s"
        nap_ms "$pause_ms"
        pause_ms=$((pause_ms * 2 < LONGEST_PAUSE_MS ? pause_ms * 2 : LONGEST_PAUSE_MS))
    done
    rm -f -- "$RUN/$name.pid" "$RUN/$name.supervisor.pid"
}

# A replica without a supervisor: this process becomes it.
run_alone() {
    say "$$" >"$RUN/$1.pid"
    exec "$BIN_DIR/${1%[[:upper:]]}" serve --name "$1"
}

# launch HIDDEN_COMMAND NAME: starts this script again, away from the terminal and without our lock.
launch() {
    local log=$LOGS/$2.log
    if command -v setsid >/dev/null; then
        BIN_DIR=$BIN_DIR setsid "$BASH" "$SELF" "$1" "$2" </dev/null >>"$log" 2>&1 9>&- &
    else
        # Job control gives it a process group of its own, which Ctrl-C does not reach.
        (set -m; BIN_DIR=$BIN_DIR nohup "$BASH" "$SELF" "$1" "$2" </dev/null >>"$log" 2>&1 9>&- &)
    fi
}
