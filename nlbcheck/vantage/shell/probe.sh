# Connects to each endpoint of the tasks below and prints what it saw. POSIX sh; needs no Python.
# It reads and sends nothing else, changes nothing, and ends by itself after $deadline_ms.
LC_ALL=C
export LC_ALL
PATH=$PATH:/usr/local/bin:/usr/sbin:/sbin
umask 077
exec 2>/dev/null

has() { command -v "$1" >/dev/null; }

finish() {
  echo "end $nonce"
  exit 0
}

folder=
for parent in "${TMPDIR:-/tmp}" /dev/shm /run /var/tmp; do
  folder=$parent/nlbcheck-$$
  mkdir "$folder" && mkfifo "$folder/try" && break
  rm -rf "$folder"
  folder=
done
echo "nlbcheck-probe 1 $nonce"
[ "$folder" ] || { echo 'lacks a directory to write to'; finish; }
trap 'rm -rf "$folder"' EXIT
trap 'exit 1' TERM INT HUP

# Milliseconds since some moment, in $now.
if read -r now _ </proc/uptime; then
  now() { read -r now _ </proc/uptime; now=${now%.*}${now#*.}0; }
else
  now() { now=$(date +%s)000; }
fi

# Milliseconds of the wall clock, in $wall.
wall() {
  wall=$(date +%s%N)
  case $wall in
    *[!0-9]* | '') wall=$(date +%s)000 ;;
    *) wall=${wall%??????} ;;
  esac
}

# Sleeps $1 milliseconds, whole seconds where that is all that sleep knows.
if sleep 0.01; then
  nap() { sleep "$(($1 / 1000)).$(printf %03d $(($1 % 1000)))"; }
else
  nap() { sleep $((($1 + 999) / 1000)); }
fi

# Hosts that probe together take turns: each has a moment of its own in every $gap_ms.
if [ "$gap_ms" -gt 0 ] && [ -z "$turn_ms" ]; then
  turn_ms=$(od -An -N2 -tu2 /dev/urandom | tr -d ' ')
  turn_ms=$((${turn_ms:-$$} * gap_ms / 65536 % gap_ms))
fi
wait_for_turn() {
  [ "$gap_ms" -gt 0 ] || return 0
  wall
  nap $(((turn_ms - wall % gap_ms + gap_ms) % gap_ms))
}

# What can connect here: $dials for TCP, $speaks_tls for TLS inside.
in_bash='
clock() { read -r up _ </proc/uptime; up=${up/./}0000
  at=${EPOCHREALTIME/./}; at=${at:-$up}; }
echo dialling >&2
clock; began=$at since=$up
exec 3<>"/dev/tcp/$1/$2" || exit 1
clock; up=$((up - since)) at=$((at - began))
# The clock that knows microseconds may have been set meanwhile.
[ $((at - up)) -gt -20000 ] && [ $((at - up)) -lt 20000 ] || at=$up
echo "connected $at" >&2
[ "$4" = tcp ] && exit 0
cat <&3 &
trap "kill $! 2>/dev/null" TERM EXIT
[ "$3" ] && printf %b "$3" >&3
wait $!'
dials=
netcat=
if has bash; then
  case $(bash -c ': <>/dev/tcp/127.0.0.1/9' 2>&1) in
    *connect:* | '') dials=bash ;;
  esac
fi
if [ -z "$dials" ]; then
  for netcat in nc ncat 'busybox nc'; do
    # shellcheck disable=SC2086
    has ${netcat%% *} || continue
    help=$($netcat -h 2>&1)
    case $help in
      *BusyBox*) dials=busybox-nc ;;
      *'not found'* | '') continue ;;
      *) dials=nc ;;
    esac
    case $help in
      *-v[!a-z]*) netcat="$netcat -n -v" dials=nc ;;
    esac
    break
  done
fi
[ "$dials" ] || netcat=
[ "$dials" ] || { has curl && dials=curl; }
speaks_tls=
if has openssl; then speaks_tls=openssl; elif has curl; then speaks_tls=curl; fi
# Programs say themselves that nobody answers; one that says nothing has had time to start.
patience_ms=$((connect_seconds * 1000 + 3000))
curl_knows=
has curl && curl_knows=$(curl -q -V)

# Starts the program for a task; its standard input stays open on 4.
start() {
  case $check/$speaks_tls/$dials in
    https/openssl/* | tls/openssl/*)
      # shellcheck disable=SC2086
      openssl s_client -brief -state -connect "$dialled" $tls_options ;;
    https/curl/* | http/*/curl)
      case $host in @) host=$dialled ;; *) host=$(printf %b "$host") ;; esac
      path=$(printf %b "$path")
      # shellcheck disable=SC2086
      curl -q -v -sS -g -I --http1.1 --noproxy '*' --max-time "$connect_seconds" -A "$agent" -H "Host: $host" \
        -H 'Connection: close' -D "$own/out" -o /dev/null $curl_options "$check://$at$path" 2>&1 >/dev/null |
        grep -e '^\* Connected' -e '^\* *[Cc]onnect to' -e '^curl: ' >&2
      exit 0 ;;
    https/* | tls/*) echo 'lacks openssl' >&2 ;;
    */bash) exec bash -c "$in_bash" bash "$address" "$port" "$question" "$check" </dev/null ;;
    tcp/*/busybox-nc) exec $netcat -w "$connect_seconds" "$address" "$port" </dev/null ;;
    */busybox-nc | */nc) exec $netcat -w "$connect_seconds" "$address" "$port" ;;
    */curl)
      case $curl_knows in
        *telnet*) exec curl -q -v -sS -N --noproxy '*' --max-time "$connect_seconds" "telnet://$dialled" ;;
      esac
      echo 'lacks bash, nc, and a curl that knows telnet' >&2 ;;
    *) echo 'lacks bash, nc and curl' >&2 ;;
  esac
}

# Whether what is to be seen has been seen; what was said is in $said, as hexadecimal bytes.
complete() {
  said=
  while read -r line; do
    case $line in
      dialling) [ "$dialling" ] || { dialling=1 began=$now limit=$timeout_ms; } ;;
      connected* | *succeeded!* | *') open' | *'Connected to'* | SSL_connect:*)
        [ "$connected" ] || { connected=1 limit=$((now - began + timeout_ms)); } ;;
      *Verification*) verified=1 ;;
    esac
  done <"$own/err"
  if [ -s "$own/out" ]; then
    said=$(od -An -tx1 -v -N "$most_bytes" "$own/out" | tr -d '\n')
  fi
  case $check in
    tcp) [ "$connected" ] && return 0 ;;
    # In TLS 1.3 a server may refuse after what the client takes for the handshake's end.
    tls) [ "$verified" ] && nap 300 && return 0 ;;
    ssh)
      case $said in
        ' 53 53 48 2d'*' 0a'*) said=${said%%' 0a'*}' 0a'; return 0 ;;
        *' 0a 53 53 48 2d'*' 0a'*) return 0 ;;
      esac ;;
    *)
      case $said in
        ' 48 54 54 50 2f 31 2e '??' 20 31 '*) ;;
        *' 0a 0d 0a'*)
          rest=${said#*' 0a 0d 0a'}
          said=${said%"$rest"}
          return 0 ;;
        *' 0a 0a'*) return 0 ;;
      esac
      # Longer than is kept: no more of it would be told.
      [ ${#said} -ge $((most_bytes * 3)) ] && return 0 ;;
  esac
  return 1
}

probe() {
  index=$1 check=$2 address=$3 port=$4 name=$6 verify=$7
  eval "question=\$question$5 path=\$path$5 host=\$host$5"
  case $address in
    *:*) dialled="[$address]:$port" ;;
    *) dialled=$address:$port ;;
  esac
  at=$dialled
  case $question in *@*) question=${question%%@*}$dialled${question#*@} ;; esac
  curl_options= tls_options=
  case $name in
    - | *:*) names="-verify_ip $name" ;;
    *[!0-9.]*)
      at=$name:$port curl_options="--resolve $name:$port:$address"
      tls_options="-servername $name" names="-verify_hostname $name" ;;
    *) names="-verify_ip $name" ;;
  esac
  case $verify in
    no) curl_options="$curl_options -k" ;;
    *) tls_options="$tls_options -verify_return_error $names" ;;
  esac
  attempt=1
  try
  while [ $ended != enough ] && [ $attempt -lt "$attempts" ]; do
    # A netcat that says nothing of a connection has made one.
    [ $check/$dials/$ended = tcp/busybox-nc/closed ] && [ ! -s "$own/err" ] && break
    nap "$pause_ms"
    attempt=$((attempt + 1))
    try
  done
  told=$(od -An -tx1 -v -N 1500 "$own/err" | tr -d ' \n')
  echo "$index $ended $took $attempt $(echo "$said" | tr -d ' \n'): $told"
}

# Makes one connection.
try() {
  : >"$own/out"
  : >"$own/err"
  exec 4<>"$own/in"
  now
  began=$now
  start <"$own/in" >"$own/out" 2>"$own/err" 4>&- &
  pid=$!
  case $check/$speaks_tls/$dials in
    tcp/*) ;;
    https/openssl/* | ssh/*/*nc | http/*/*nc | ssh/*/curl) printf %b "$question" >&4 ;;
  esac
  pause=10 ended=late dialling= connected= verified= limit=$patience_ms
  case $check/$speaks_tls in https/openssl | tls/openssl) limit=$((timeout_ms + 1000)) ;; esac
  while :; do
    looked=$now
    nap $pause
    kill -0 $pid || ended=closed
    now
    # A host that was busy with something else has not waited for the network meanwhile.
    stolen=$((now - looked - pause))
    [ $stolen -gt 200 ] && limit=$((limit + stolen))
    complete && { ended=enough; break; }
    [ $ended = closed ] && break
    [ $((now - began)) -ge "$limit" ] && break
    [ $pause -lt 80 ] && pause=$((pause * 2))
  done
  now
  took=$((now - began))
  if [ $ended != closed ]; then
    kill $pid
  fi
  wait $pid
  exec 4>&-
  complete
}

# Probes the tasks of standard input one after the other.
worker() {
  own=$folder/$1
  mkdir "$own"
  mkfifo "$own/in"
  while read -r first rest; do
    now
    if [ $((now - started)) -gt "$deadline_ms" ]; then
      break
    elif [ "$first" = turn ]; then
      wait_for_turn
    else
      # shellcheck disable=SC2086
      probe "$first" $rest </dev/null
    fi
  done >"$folder/$1.told"
}

now
started=$now
