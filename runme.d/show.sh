# shellcheck shell=bash
#
# What runs, and what it says in its logs.

status() {
    local i name pid state age all=yes
    need_curl
    read_roster
    printf '%-10s %-8s %-28s %-12s %s\n' NAME PID URL UPTIME STATE
    for i in "${!NAMES[@]}"; do
        name=${NAMES[$i]} pid=- age=-
        if replica_alive "$name"; then
            pid=$PID
            age=$(ps -o etime= -p "$pid" 2>/dev/null | tr -d ' ') || age=-
            if ready "$i"; then state=ready; else state="not ready: $WHY" all=no; fi
            if ! supervisor_alive "$name"; then state="$state (unsupervised)"; fi
        elif supervisor_alive "$name"; then
            state="about to be started again" all=no
        else
            state=stopped all=no
        fi
        printf '%-10s %-8s %-28s %-12s %s\n' "$name" "$pid" "$(url "$i")" "$age" "$state"
    done
    [ "$all" = yes ]
}

logs() {
    local argument follow=no name='' files=()
    for argument in "$@"; do
        case $argument in
            -f) follow=yes ;;
            -*) misuse "logs does not know $argument." ;;
            *) [ -z "$name" ] || misuse "logs shows one replica or all."; name=$argument ;;
        esac
    done
    for argument in "$LOGS"/*.log; do
        [ -e "$argument" ] || continue
        if [ -z "$name" ] || [ "$argument" = "$LOGS/$name.log" ]; then files+=("$argument"); fi
    done
    if [ "${#files[@]}" = 0 ]; then
        die "There is no log${name:+ of $name} in $LOGS$(list_logs)."
    fi
    if [ "$follow" = yes ]; then exec tail -n 20 -F "${files[@]}"; fi
    tail -n 200 "${files[@]}"
}

list_logs() {
    local file there=''
    for file in "$LOGS"/*.log; do
        [ -e "$file" ] || return 0
        file=${file##*/}
        there="$there ${file%.log}"
    done
    printf ', only of%s' "$there"
}
