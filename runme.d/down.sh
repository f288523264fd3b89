# shellcheck shell=bash
#
# Stopping everything in order. It goes by the process ids on disk, not by env.cfg, which may have
# changed or may have mistakes by now.

forget() { rm -f -- "$RUN/$1.pid" "$RUN/$1.supervisor.pid" "$RUN/$1.address"; }

# Stops the replicas of one tier together.
stop_tier() {
    local name names=()
    for name in $(known_replicas); do
        if [ "${name%[[:upper:]]}" = "$1" ]; then names+=("$name"); fi
    done
    if [ "${#names[@]}" -gt 0 ]; then stop_these "${names[@]}"; fi
}

# stop_these NAME...: together; they get the time to finish what they accepted.
stop_these() {
    local name deadline still names=()
    for name in "$@"; do
        # A supervisor passes the signal on; without one the replica gets it from us.
        if supervisor_alive "$name" || replica_alive "$name"; then
            kill -TERM "$PID" 2>/dev/null || true
            names+=("$name")
        else
            forget "$name"
        fi
    done
    deadline=$(($(now_ms) + STOP_WITHIN_MS))
    while [ "${#names[@]}" -gt 0 ]; do
        still=()
        for name in "${names[@]}"; do
            if alive "$name"; then
                still+=("$name")
                [ "$(now_ms)" -lt "$deadline" ] || kill_replica "$name"
            else
                forget "$name"
                row "$name" stopped
                STOPPED=$((STOPPED + 1))
            fi
        done
        [ "${#still[@]}" -gt 0 ] || break
        names=("${still[@]}")
        sleep 0.05
    done
}

# It had its time. Its supervisor ends with it, or a moment later without it.
kill_replica() {
    if replica_alive "$1"; then
        kill -KILL "$PID" 2>/dev/null || true
        row "$1" "did not stop within $((STOP_WITHIN_MS / 1000)) s: killing it"
        sleep 0.2
    elif supervisor_alive "$1"; then
        kill -KILL "$PID" 2>/dev/null || true
    fi
}

# Those who ask stop before those who are asked.
stop_all() {
    local tier
    STOPPED=0
    for tier in frontend cart order catalog; do stop_tier "$tier"; done
}

# down [NAME]: everything, or one replica.
down() {
    if [ ! -d "$RUN" ]; then
        say "Nothing is running."
        return 0
    fi
    lock
    if [ $# = 0 ]; then
        stop_all
    else
        STOPPED=0
        stop_these "$1"
    fi
    unlock
    if [ "$STOPPED" = 0 ] && [ $# = 1 ]; then
        say "$1 does not run."
        return 0
    fi
    if [ "$STOPPED" = 0 ]; then say "Nothing is running."; fi
}

# crash NAME: kill -9; its supervisor starts the replica again.
crash() {
    replica_alive "$1" || die "$1 does not run: ./runme.sh status shows who does."
    kill -KILL "$PID"
    row "$1" "killed (pid $PID)"
}
