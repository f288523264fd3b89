# shellcheck shell=bash
#
# Which processes are ours, and one runme.sh at a time.
#
# A process id in $DATA_DIR/run is believed only when that process has the arguments we gave it and was
# started for this data directory: ids are used again by the system, and nothing else may be stopped.

# arguments PID: sets ARGUMENTS to `|`-separated arguments, empty when there is no such process.
# Reads /proc with nothing but the shell itself, because this is asked many times a second.
arguments() {
    local argument
    ARGUMENTS=
    if [ -d /proc/self ]; then
        while IFS= read -r -d '' argument; do ARGUMENTS+="|$argument"; done 2>/dev/null <"/proc/$1/cmdline" || true
    else
        ARGUMENTS=$(ps -ww -o args= -p "$1" 2>/dev/null || true)
        ARGUMENTS="|${ARGUMENTS// /|}"
    fi
    ARGUMENTS+="|"
}

# Whether process PID was started for this data directory. Where there is no /proc, arguments must do.
serves_this_shop() {
    local variable
    [ -d /proc/self ] || return 0
    while IFS= read -r -d '' variable; do
        [ "$variable" != "DATA_DIR=$DATA_DIR" ] || return 0
    done 2>/dev/null <"/proc/$1/environ"
    return 1
}

# pid_in FILE: sets PID to the number in it, empty when there is none.
pid_in() {
    PID=
    [ ! -f "$1" ] || read -r PID <"$1" 2>/dev/null || true
    case $PID in '' | *[!0-9]*) PID= ;; esac
}

# replica_alive NAME: sets PID and succeeds when that replica runs.
replica_alive() {
    pid_in "$RUN/$1.pid"
    [ -n "$PID" ] || return 1
    arguments "$PID"
    case $ARGUMENTS in *"/${1%[[:upper:]]}|serve|--name|$1|"*) serves_this_shop "$PID" ;; *) return 1 ;; esac
}

# supervisor_alive NAME: sets PID and succeeds when that replica has a supervisor.
supervisor_alive() {
    pid_in "$RUN/$1.supervisor.pid"
    [ -n "$PID" ] || return 1
    arguments "$PID"
    case $ARGUMENTS in *"|__supervise|$1|"*) serves_this_shop "$PID" ;; *) return 1 ;; esac
}

# Every replica that has left a process id, in the order of stopping, whatever env.cfg says by now.
known_replicas() {
    local tier file name
    for tier in frontend cart order catalog; do
        for file in "$RUN/$tier".*pid "$RUN/$tier"[[:upper:]].*pid; do
            [ -e "$file" ] || continue
            name=${file##*/}
            printf '%s\n' "${name%%.*}"
        done | sort -u
    done
}

alive() { replica_alive "$1" || supervisor_alive "$1"; }

any_running() {
    local name
    for name in $(known_replicas); do
        if alive "$name"; then return 0; fi
    done
    return 1
}

# Two `up` at once would start everything twice. The lock is $RUN/lock.
LOCKED=no

lock() {
    [ "$LOCKED" = no ] || return 0
    if command -v flock >/dev/null; then
        exec 9>"$RUN/lock"
        if ! flock -n 9; then
            say "Another runme.sh is starting or stopping this shop: waiting for it."
            flock -w 90 9 || die "The other runme.sh does not come to an end: see who holds $RUN/lock."
        fi
    else
        lock_directory
    fi
    LOCKED=yes
}

# Without flock: making a directory succeeds for one only. A holder that died leaves it behind.
lock_directory() {
    local waited=no holder deadline
    deadline=$(($(now_ms) + 90000))
    until mkdir -- "$RUN/lock.d" 2>/dev/null; do
        holder=$(cat -- "$RUN/lock.d/pid" 2>/dev/null || true)
        if [ -n "$holder" ] && ! kill -0 "$holder" 2>/dev/null; then
            rm -rf -- "$RUN/lock.d"
            continue
        fi
        [ "$waited" = yes ] || say "Another runme.sh is starting or stopping this shop: waiting for it."
        waited=yes
        [ "$(now_ms)" -lt "$deadline" ] || die "The other runme.sh does not come to an end: if there is none, remove $RUN/lock.d."
        sleep 0.1
    done
    say "$$" >"$RUN/lock.d/pid"
}

unlock() {
    [ "$LOCKED" = yes ] || return 0
    if command -v flock >/dev/null; then exec 9>&-; else rm -rf -- "$RUN/lock.d"; fi
    LOCKED=no
}
