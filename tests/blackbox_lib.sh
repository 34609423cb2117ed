# shellcheck shell=bash
# Black-box checks against a running server with the default settings and the sample site, as rows of a table.
# Source it, call `begin`, the checks, and `finish`.
# Needs bash 4.2 or newer (Git for Windows has it), curl, and `timeout` of the GNU coreutils. Requests go out byte
# for byte over /dev/tcp, because an ordinary client would mend the very faults that most rows are about.
#
# A row:  name | request | > Field: value | >> body | status | < Field: regex | < !Field | << regex | <= file
#   request   `GET /about.html` is completed with version, Host, `Connection: close` and the length of a body, each
#             unless a `>` column gives it; a request with \r or \n in it is sent as it stands
#   status    what the connection must answer until the server closes it, as a regex: `200`, or `200 404` for two
#             answers. A connection that the server leaves open fails every row
#   < << <=   of the first final answer: a field's value, a field that must be absent, the body's text, the file in
#             resources/ whose bytes the body must be (where there is none, the length in the head must do)
# In requests \r \n \t \\ \xHH are bytes, \p is a pause of 0.3 s, @4*ab@ is abababab, and @name@ is a value: host,
# port, get, post, close, next (see `begin`), or a field as it stood in the last answer that had it (@ETag@).

trap '' PIPE # a server that refuses early closes before the whole request is written
shopt -s extglob
export LC_ALL=C
declare -A VALUES FIELDS
PASSED=0 FAILED=0 ANSWER_LIMIT_S=10 PAUSE_S=0.3
RESOURCES=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")/.." && pwd)/resources
WORK=$(mktemp -d) || exit 1
trap 'rm -rf -- "$WORK"' EXIT

begin() { # BASE_URL
    BASE_URL=${1%/}
    if ! [[ $BASE_URL =~ ^http://(\[[0-9A-Fa-f:.]+\]|[^:/]+)(:([0-9]+))?$ ]]; then
        echo "'$1' is not a base URL: give one like http://127.0.0.1:8080" >&2
        exit 2
    fi
    PORT=${BASH_REMATCH[3]:-80} HOST=${BASH_REMATCH[1]//[\[\]]/}
    VALUES=(
        [host]=${BASE_URL#http://} [port]=$PORT
        [get]='GET /index.html HTTP/1.1\r\nHost: @host@\r\n'
        [post]='POST /upload HTTP/1.1\r\nHost: @host@\r\nContent-Type: application/json\r\n'
        [close]='Connection: close\r\n\r\n'
        [next]='GET /no-such-page.html HTTP/1.1\r\nHost: @host@\r\n@close@'
    )
    if ! (exec 3<>"/dev/tcp/$HOST/$PORT") 2>/dev/null; then
        echo "nothing listens at $BASE_URL: start the server (python server.py) or give its address" >&2
        exit 1
    fi
}

finish() { # exit status 1 if any check failed
    echo "$PASSED passed, $FAILED failed"
    ((FAILED == 0))
}

report() { # NAME PROBLEM, which is empty when all is well
    if [[ $2 ]]; then
        FAILED=$((FAILED + 1))
        printf 'FAIL %s: %s\n' "$1" "${2//[[:cntrl:]]/ }"
    else
        PASSED=$((PASSED + 1))
        printf 'PASS %s\n' "$1"
    fi
}

check() { # NAME COMMAND...: passes if the command prints nothing
    report "$1" "$("${@:2}" 2>&1)"
}

run_table() { # rows on standard input; blank lines and # headings are for the reader
    local row
    while IFS= read -r row; do
        [[ $row && $row != '#'* ]] && run_row "$row"
    done
}

run_row() { # ROW
    local -a columns expected=()
    local separator=$'\x1f' column body='' has_body='' status='' extra=''
    IFS=$separator read -ra columns <<<"${row// | /"$separator"}"
    columns=("${columns[@]%%+( )}")
    for column in "${columns[@]:2}"; do
        case $column in
            '>> '* | '>>') body=${column#'>>'} body=${body# } has_body=yes ;;
            '> '*) extra+="${column#> }\r\n" ;;
            '<'*) expected+=("$column") ;;
            *) status=$column ;;
        esac
    done
    expand "${columns[1]}"
    local request=$EXPANDED
    if ! [[ $request =~ \\[rn] ]]; then
        expand "$body"
        body=$EXPANDED
        expand "$extra"
        extra=$EXPANDED
        [[ $extra == *Host:* ]] || extra="Host: ${VALUES[host]}\r\n$extra"
        [[ $extra == *Connection:* ]] || extra+="Connection: close\r\n"
        [[ $has_body ]] && ! [[ $extra == *Content-Length:* || $extra == *Transfer-Encoding:* ]] &&
            extra+="Content-Length: $(printf '%b' "$body" | wc -c)\r\n"
        request="$request HTTP/1.1\r\n$extra\r\n$body"
    fi
    exchange "$request"
    parse_answers "$request"
    report "${columns[0]}" "$(judge "$status" "${expected[@]}")"
}

expand() { # TEXT -> EXPANDED: @name@ and @count*text@ replaced
    local padding
    EXPANDED=$1
    while true; do
        if [[ $EXPANDED =~ @([0-9]+)\*([^@]*)@ ]]; then
            printf -v padding '%*s' "${BASH_REMATCH[1]}" ''
            EXPANDED=${EXPANDED//"${BASH_REMATCH[0]}"/"${padding// /"${BASH_REMATCH[2]}"}"}
        elif [[ $EXPANDED =~ @([A-Za-z-]+)@ && ${VALUES[${BASH_REMATCH[1],,}]+known} ]]; then
            EXPANDED=${EXPANDED//"${BASH_REMATCH[0]}"/"${VALUES[${BASH_REMATCH[1],,}]}"}
        else
            return
        fi
    done
}

exchange() { # REQUEST -> $WORK/answers, and LEFT_OPEN if the server did not close in time
    local rest=$1
    LEFT_OPEN=''
    : >"$WORK/answers"
    exec 3<>"/dev/tcp/$HOST/$PORT" || return
    while [[ $rest == *\\p* ]]; do
        printf '%b' "${rest%%\\p*}" 2>/dev/null >&3
        rest=${rest#*\\p}
        sleep "$PAUSE_S"
    done
    printf '%b' "$rest" 2>/dev/null >&3
    timeout "$ANSWER_LIMIT_S" cat <&3 >"$WORK/answers" 2>/dev/null
    (($? == 124)) && LEFT_OPEN=yes
    exec 3>&-
}

parse_answers() { # REQUEST; $WORK/answers -> STATUSES, and FIELDS and $WORK/body of the first final answer
    local line status name value length body
    STATUSES='' FIELDS=()
    : >"$WORK/body"
    exec 4<"$WORK/answers"
    while IFS= read -r line <&4; do
        if ! [[ $line =~ ^HTTP/1\.1\ ([0-9]{3})\ [^$'\r']*$'\r'$ ]]; then
            STATUSES+=' garbage'
            break
        fi
        status=${BASH_REMATCH[1]} length=0 body=/dev/null
        [[ $status != 1* && $STATUSES != *[2-5][0-9][0-9]* ]] && body=$WORK/body
        while IFS= read -r line <&4 && line=${line%$'\r'} && [[ $line ]]; do
            name=${line%%:*} name=${name,,} value=${line#*:} value=${value# }
            [[ $name == content-length ]] && length=$value
            [[ $body == "$WORK/body" ]] && FIELDS[$name]=$value VALUES[$name]=$value
        done
        [[ $status == 1* || $status == 204 || $status == 304 || $1 == 'HEAD '* ]] && length=0
        STATUSES+=" $status"
        [[ $(head -c "$length" <&4 | tee "$body" | wc -c) -eq $length ]] || STATUSES+=' cut'
    done
    exec 4<&-
    STATUSES=${STATUSES# }
}

judge() { # STATUS EXPECTATION...: prints the first thing that is not as it must be
    local expected name pattern
    if ! [[ $STATUSES =~ ^($1)$ ]]; then
        echo "expected status $1, came ${STATUSES:-nothing}"
        return
    elif [[ $LEFT_OPEN ]]; then
        echo "expected the server to close after $STATUSES, but it stayed open for $ANSWER_LIMIT_S s"
        return
    fi
    for expected in "${@:2}"; do
        case $expected in
            '< !'*)
                name=${expected#'< !'}
                [[ ${FIELDS[${name,,}]+present} ]] || continue
                echo "expected no $name, came ${FIELDS[${name,,}]}"
                return
                ;;
            '< '*)
                name=${expected#'< '} pattern=${name#*: } name=${name%%:*}
                [[ ${FIELDS[${name,,}]-} =~ ^($pattern)$ ]] && continue
                echo "expected $name: $pattern, came ${FIELDS[${name,,}]-nothing}"
                return
                ;;
            '<< '*)
                [[ $(tr -d '\0' <"$WORK/body") =~ ${expected#'<< '} ]] && continue
                echo "expected a body like ${expected#'<< '}, came $(head -c 200 "$WORK/body" | tr -d '\0')"
                return
                ;;
            '<= '*)
                name=$RESOURCES/${expected#'<= '}
                [[ ! -e $name ]] || cmp -s "$name" "$WORK/body" && continue
                echo "expected the bytes of ${expected#'<= '}, came $(wc -c <"$WORK/body") other bytes"
                return
                ;;
        esac
    done
}
