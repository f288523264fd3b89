# shellcheck shell=bash
#
# Starting what is not running, and waiting until all of it is ready.
#
# Everything that could keep a replica from starting is looked at before the first one is started; then
# all start at once, for none of them waits for another.

# Sets STATES: per replica `running`, `alone` (without the supervisor it should have), `dead` (its
# supervisor is about to start it again) or `stopped`.
look_around() {
    local i name
    STATES=()
    for i in "${!NAMES[@]}"; do
        name=${NAMES[$i]}
        if replica_alive "$name"; then
            if [ "$SUPERVISE" = off ] || supervisor_alive "$name"; then STATES[i]=running; else STATES[i]=alone; fi
        elif supervisor_alive "$name"; then
            STATES[i]=dead
        else
            STATES[i]=stopped
        fi
    done
}

# Refuses to start anything when one replica could not listen, or listens elsewhere than env.cfg says.
check_addresses() {
    local i name status wrong=no at
    for i in "${!NAMES[@]}"; do
        name=${NAMES[$i]}
        if [ "${STATES[$i]}" = stopped ]; then
            status=0
            call --max-time 1 --output /dev/null "$(url "$i")/healthz" || status=$?
            [ "$status" = 7 ] && continue # could not connect: the port is free
            warn "Port ${PORTS[$i]}, which $name needs, is used by another program: stop that, or change ${name}_port in $ENV_CFG."
            wrong=yes
        elif at=$(cat -- "$RUN/$name.address" 2>/dev/null) && [ "$at" != "${IPS[$i]} ${PORTS[$i]}" ]; then
            warn "$name runs at ${at/ / port }, but $ENV_CFG now says ${IPS[$i]} port ${PORTS[$i]}: run ./runme.sh down first."
            wrong=yes
        fi
    done
    [ "$wrong" = no ] || exit 1
}

# Mints the opening stock, once in the life of a cluster: only when no replica has any data. A note
# beside the data says that minting has begun, so that a crash in its midst does not leave empty shelves.
open_stock() {
    local i first='' file note=$DATA_DIR/opening-stock.unfinished
    for i in "${!NAMES[@]}"; do
        if [ "${TIERS[$i]}" = catalog ]; then first=${NAMES[$i]}; break; fi
    done
    for file in "$DATA_DIR"/catalog[[:upper:]]/*.db "$DATA_DIR"/order[[:upper:]]/*.db; do
        [ -e "$file" ] || continue
        if [ ! -e "$note" ] || [ "${file%/*}" != "$DATA_DIR/$first" ]; then return 0; fi
    done
    [ -r "$SEED" ] || die "The opening stock is missing: there is no file $SEED."
    row "$first" "takes in the opening stock"
    : >"$note"
    "$BIN_DIR/catalog" init --name "$first" --seed "$SEED" || die "The opening stock could not be taken in: the reason is above."
    rm -f -- "$note"
}

start_missing() {
    local i name
    for i in "${!NAMES[@]}"; do
        name=${NAMES[$i]}
        case ${STATES[$i]} in
            stopped)
                rm -f -- "$RUN/$name.pid" "$RUN/$name.supervisor.pid"
                say "${IPS[$i]} ${PORTS[$i]}" >"$RUN/$name.address"
                if [ "$SUPERVISE" = off ]; then launch __run "$name"; else launch __supervise "$name"; fi
                ;;
            alone)
                rm -f -- "$RUN/$name.supervisor.pid"
                launch __supervise "$name"
                ;;
            dead) if supervisor_alive "$name"; then kill -USR1 "$PID" 2>/dev/null || true; fi ;;
        esac
    done
}

# Whether what was launched for NAME has ended for good. Before it has noted its process id, it is coming.
gone() {
    local file=$RUN/$1.pid
    [ ! -e "$RUN/$1.supervisor.pid" ] || file=$RUN/$1.supervisor.pid
    pid_in "$file"
    [ -n "$PID" ] && ! kill -0 "$PID" 2>/dev/null
}

tell_started() {
    local i name words deadline
    deadline=$(($(now_ms) + READY_WITHIN_MS))
    for i in "${!NAMES[@]}"; do
        name=${NAMES[$i]}
        until replica_alive "$name" || gone "$name" || [ "$(now_ms)" -gt "$deadline" ]; do sleep 0.02; done
        case ${STATES[$i]} in
            running) words="already running" ;;
            alone) words="already running, supervised again" ;;
            dead) words="started again" ;;
            stopped) words=started ;;
        esac
        if replica_alive "$name"; then row "$name" "$words (pid $PID)"; else row "$name" "$words"; fi
    done
    for name in $(known_replicas); do
        case " ${NAMES[*]} " in
            *" $name "*) ;;
            *) if alive "$name"; then row "$name" "still running, but no longer in $ENV_CFG: ./runme.sh down stops it"; fi ;;
        esac
    done
}

# ready INDEX: asks it; sets WHY when it is not.
ready() {
    local answer
    answer=$(call --max-time 2 --write-out '\n%{http_code}' "$(url "$1")/readyz") || true
    case ${answer##*$'\n'} in
        200) return 0 ;;
        000 | '') WHY="no answer from $(url "$1")" ;;
        *) WHY=${answer%$'\n'*}; WHY=${WHY//$'\n'/ }; WHY=${WHY:0:300} ;;
    esac
    return 1
}

await_ready() {
    local begin=$1 i over=no waiting=("${!NAMES[@]}") still
    while :; do
        still=()
        for i in "${waiting[@]}"; do
            if ready "$i"; then continue; fi
            still+=("$i")
            if ! alive "${NAMES[$i]}"; then over=yes; fi
        done
        if [ "${#still[@]}" = 0 ]; then break; fi
        waiting=("${still[@]}")
        if [ "$over" = yes ] || [ $(($(now_ms) - begin)) -gt "$READY_WITHIN_MS" ]; then
            tell_not_ready "${waiting[@]}"
            exit 1
        fi
        sleep 0.05
    done
    say "All ${#NAMES[@]} replicas are ready after $(seconds $(($(now_ms) - begin))) s."
}

tell_not_ready() {
    local i name
    for i in "$@"; do
        if ready "$i"; then continue; fi
        name=${NAMES[$i]}
        if ! alive "$name"; then WHY="it has ended"; fi
        warn "$name is not ready: $WHY"
        warn "  The end of $LOGS/$name.log:"
        tail -n 8 -- "$LOGS/$name.log" 2>/dev/null | sed 's/^/    /' >&2 || true
    done
}

up() {
    local begin
    need_curl
    make_directories
    provide_binaries
    lock
    begin=$(now_ms)
    read_roster
    look_around
    check_addresses
    open_stock
    start_missing
    tell_started
    unlock
    await_ready "$begin"
}
