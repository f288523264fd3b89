# shellcheck shell=bash
#
# Letting replicas that run learn of a changed env.cfg without closing the shop.
#
# Each process reads env.cfg once, when it starts. So those that read another one are restarted one after the other, and
# the next only when the last is ready again; then what is new is started. Whoever holds units is known to the others
# before it holds any, for the new ones come last.

# read_another INDEX: whether that replica answers and has read another env.cfg than the one there is now.
read_another() {
    local answer
    answer=$(call --max-time 2 "$(url "$1")/readyz") || return 1
    case $answer in *'"roster":"'*) ;; *) return 0 ;; esac
    answer=${answer#*\"roster\":\"}
    [ "${answer%%\"*}" != "$DIGEST" ]
}

# restart INDEX: stops that replica alone, lets it be started again, and waits until it is ready.
restart() {
    local name=${NAMES[$1]} old deadline
    replica_alive "$name" || die "$name does not run: ./runme.sh up starts it."
    old=$PID
    kill -TERM "$old"
    deadline=$(($(now_ms) + STOP_WITHIN_MS))
    while replica_alive "$name" && [ "$PID" = "$old" ]; do
        [ "$(now_ms)" -lt "$deadline" ] || die "$name did not stop within $((STOP_WITHIN_MS / 1000)) s; nothing else was touched."
        sleep 0.05
    done
    # Its supervisor has seen it end. Without one it is for us to start it again.
    if ! supervisor_alive "$name"; then launch __run "$name"; fi
    deadline=$(($(now_ms) + READY_WITHIN_MS))
    until replica_alive "$name" && ready "$1"; do
        [ "$(now_ms)" -lt "$deadline" ] || { tell_not_ready "$1"; exit 1; }
        sleep 0.05
    done
    row "$name" "restarted (pid $PID)"
}

# reload [REPLICA...]: those that are named are restarted in any case.
reload() {
    local i name known begin frontends=0 named=" $* "
    need_curl
    make_directories
    lock
    begin=$(now_ms)
    read_roster
    known=" ${NAMES[*]} "
    for name in "$@"; do
        case $known in *" $name "*) ;; *) misuse "$ENV_CFG has no $name." ;; esac
    done
    DIGEST=$("$BIN_DIR/catalog" roster --digest)
    look_around
    check_addresses
    for i in "${!NAMES[@]}"; do
        [ "${TIERS[$i]}" != frontend ] || { frontends=$((frontends + 1)); continue; }
        if [[ $named == *" ${NAMES[$i]} "* ]] || { [ "${STATES[$i]}" != stopped ] && read_another "$i"; }; then restart "$i"; fi
    done
    start_missing
    tell_started
    await_ready "$begin"
    for i in "${!NAMES[@]}"; do
        [ "${TIERS[$i]}" = frontend ] || continue
        if [[ $named == *" ${NAMES[$i]} "* ]] || { [ "$frontends" -gt 1 ] && read_another "$i"; }; then
            restart "$i"
        elif read_another "$i"; then
            row "${NAMES[$i]}" "is the only frontend and sells on with those it knows; ./runme.sh reload ${NAMES[$i]} takes it away for a moment"
        fi
    done
    unlock
}
