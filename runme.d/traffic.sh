# shellcheck shell=bash
#
# A short round of client traffic: search, look up, buy, as a client of the classic API does it.

# request ARGS...: sets BODY and CODE; a call that could not be made has the code 000.
request() {
    BODY=$(call --max-time 10 --write-out '\n%{http_code}' "$@") || true
    CODE=${BODY##*$'\n'}
    BODY=${BODY%"$CODE"}
    BODY=${BODY%$'\n'}
}

# number KEY, text KEY: the first such value in BODY. Enough for answers of the classic API.
number() { printf '%s' "$BODY" | grep -Eo "\"$1\" *: *[0-9.]+" | sed -n '1s/.*[: ]//p' || true; }
text() { printf '%s' "$BODY" | sed -nE "s/.*\"$1\" *: *\"(([^\"\\\\]|\\\\.)*)\".*/\1/p" | sed 's/\\"/"/g' || true; }

# buy_one SHOP TOPIC: search, look up one of the finds at random, buy it; one line says how it went.
buy_one() {
    local ids found id story
    request --get --data-urlencode "topic=$2" "$1/search"
    ids=$(printf '%s' "$BODY" | grep -Eo '"id" *: *[0-9]+' | grep -Eo '[0-9]+$' || true)
    if [ "$CODE" != 200 ] || [ -z "$ids" ]; then
        FAILED=$((FAILED + 1))
        say "  search \"$2\": failed ($CODE) $BODY"
        return 0
    fi
    found=$(printf '%s\n' "$ids" | grep -c .)
    id=$(printf '%s\n' "$ids" | sed -n "$((RANDOM % found + 1))p")
    story="  search \"$2\": $found found; lookup $id:"
    request --get --data-urlencode "id=$id" "$1/lookup"
    if [ "$CODE" != 200 ]; then
        FAILED=$((FAILED + 1))
        say "$story failed ($CODE) $BODY"
        return 0
    fi
    story="$story \"$(text title)\", costs $(number cost), $(number count) left; buy:"
    request --data-urlencode "id=$id" "$1/buy"
    case $CODE in
        200)
            BOUGHT=$((BOUGHT + 1))
            BODY=${BODY#*\"order\"} # the message before it may hold numbers too
            say "$story order $(number id)"
            ;;
        404) SOLD_OUT=$((SOLD_OUT + 1)); say "$story sold out" ;;
        *) FAILED=$((FAILED + 1)); say "$story failed ($CODE) $BODY" ;;
    esac
}

traffic() {
    local round topic begin
    BOUGHT=0 SOLD_OUT=0 FAILED=0
    begin=$(now_ms)
    say "A client comes in, $ROUNDS times search, lookup and buy:"
    for ((round = 0; round < ROUNDS; round++)); do
        topic="distributed systems"
        if [ $((RANDOM % 2)) = 0 ]; then topic="graduate school"; fi
        buy_one "$1" "$topic"
    done
    say "$BOUGHT bought, $SOLD_OUT sold out, $FAILED failed, in $(seconds $(($(now_ms) - begin))) s."
}
