// The node's half of a capture (DESIGN §10), inside the guard and, word for word, inside the root wrapper: it reads
// three lines of parameters, runs tcpdump, and says on stderr why it ended.

/** Bytes: 16 IPv6 addresses, in tunnels too, and as whom they go on outside. */
export const FILTER_MAX = 10_000;

/**
 * Of our own connections at most this many are left out, 20 instructions each. A filter may hold 4096, but of memory
 * (8 bytes an instruction) no more than net.core.optmem_max, 20 KiB on older kernels; past that every packet is copied to tcpdump.
 */
export const EXCLUDED_MAX = 64;

/**
 * Parameters on stdin, a line each: "PID INODE INTERFACE SNAPLEN" (PID 0: this namespace), our own connections
 * ("client port server port" each), the filter for all others. Expects hop_tool.
 *
 * stdout: begin mark, then tcpdump's bytes up to the end of file. There is no end mark among packets: whoever made one
 * to be told from them would have to hold bytes back. stderr: begin mark, "<nonce> t S.N UPTIME UPTIME TICKS" each second
 * (how long the node was up before and behind that time, which tells whether its clock was set; hundredths of a second of a processor that
 * tcpdump and we have taken, proc_pid_stat(5)), each in one write but perhaps
 * in the middle of tcpdump's line, and "<nonce> end WORD" (capture-stderr.ts).
 *
 * The exclusions come first, for `vlan` in an expression shifts the offsets of all that follows it. Of what loops over
 * lo only the arrival counts: tcpdump drops the departure after the kernel has counted it as received.
 */
export const capturePart = String.raw`
hop_said() { printf '%s end %s\n' "$hop_nonce" "$1" >&6; if [ -n "$hop_leader" ]; then kill -9 0; fi; kill -9 $$; }
IFS=' ' read -r hop_pid hop_ino hop_if hop_snap hop_x && IFS= read -r hop_own && IFS= read -r hop_expr || hop_end reader
printf '%s begin\n' "$hop_nonce" >&6
case $hop_pid in ''|*[!0-9]*|???????????*) hop_said bad;; esac
case $hop_ino in ''|*[!0-9]*|????????????????*) hop_said bad;; esac
case $hop_snap in ''|*[!0-9]*|???????*) hop_said bad;; esac
case $hop_if in ''|*[!0-9A-Za-z._@+-]*|????????????????*) hop_said bad;; esac
case $hop_x$hop_own in *[!0-9A-Fa-f.:\ ]*) hop_said bad;; esac
case $hop_expr in *[!0-9A-Za-z\ .:/_,=\<\>\&\|!+*%^~@\\\(\)\[\]-]*) hop_said bad;; esac
if [ ${'$'}{#hop_expr} -gt ${String(FILTER_MAX)} ]; then hop_said bad; fi
hop_f=; hop_dev=
set -- $hop_own
while [ $# -gt 0 ]; do
  case $1+$3 in *[.:]*+*[.:]*) ;; *) hop_said bad;; esac
  case $2+$4 in *[!0-9+]*|+*|*+) hop_said bad;; esac
  hop_f="${'$'}{hop_f}not (tcp and host $1 and host $3 and port $2 and port $4) and "; shift 4
done
case $hop_if in
  any) hop_f="${'$'}{hop_f}not (outbound and ifindex 1) and ";;
  lo) hop_f="${'$'}{hop_f}not outbound and ";;
  *) hop_dev=1;;
esac
if [ -z "$hop_expr" ]; then hop_said bad; fi
hop_f="$hop_f($hop_expr)"
command -v "$hop_tool" || hop_said missing
if [ $hop_pid != 0 ]; then command -v nsenter || hop_said nsenter; fi
hop_there() { [ $hop_pid = 0 ] || [ "$(readlink /proc/$hop_pid/ns/net)" = "net:[$hop_ino]" ]; }
hop_there || hop_said gone
# Else libpcap may take the name for something else: a number, or the bus of D-Bus.
if [ -n "$hop_dev" ]; then
  if [ $hop_pid = 0 ]; then hop_x=self; else hop_x=$hop_pid; fi
  grep -q "^ *$hop_if:" /proc/$hop_x/net/dev || hop_said interface
fi
hop_tcpdump() {
  set -- "$hop_tool" -i "$hop_if" -p -n -U --immediate-mode -s $hop_snap -B 16384 "$@"
  if [ $hop_pid = 0 ]; then exec "$@"; fi
  # Asked again inside: the pid may have become another's in between.
  exec nsenter -t $hop_pid -n -- /bin/sh -c 'n=$1; shift; [ "$(readlink /proc/self/ns/net)" = "net:[$n]" ] && exec "$@"' hop $hop_ino "$@"
}
printf '%s begin\n' "$hop_nonce" >&5
# tcpdump dies of a USR1 that comes before it listens for it, unless it starts with USR1 ignored.
trap '' USR1
( ( hop_tcpdump -w - -- "$hop_f" ) </dev/null >&5 2>&6 5>&- 6>&- & hop_t=$!
  exec 5>&-
  read -r hop_job hop_x </proc/self/stat
  # Below the one that waits, which no signal may disturb: a shell whose wait is cut short loses the exit status.
  ( hop_gone=
    hop_took() {
      hop_x=; read -r hop_x </proc/$1/stat
      set -- ${'$'}{hop_x##*) }
      hop_c=$((hop_c + ${'$'}{12:-0} + ${'$'}{13:-0} + ${'$'}{14:-0} + ${'$'}{15:-0}))
    }
    while kill -0 $$ && kill -0 $hop_w && kill -0 $hop_job; do
      read -r hop_u hop_x </proc/uptime; hop_d=$(date +%s.%N); read -r hop_v hop_x </proc/uptime
      hop_c=0; hop_took $hop_t; hop_took self
      printf '%s t %s %s %s %s\n' "$hop_nonce" "$hop_d" "$hop_u" "$hop_v" $hop_c >&6
      if hop_there; then kill -USR1 $hop_t
      else kill ${'$'}{hop_gone:--TERM} $hop_t; hop_gone=-KILL; fi
      sleep 1
    done
    hop_end ticker ) </dev/null &
  hop_k=$!
  wait $hop_t; hop_s=$?
  kill -9 $hop_k
  hop_there || hop_said gone
  # An error of tcpdump's own: does it do without our filter what it does not with it?
  if [ $hop_s = 1 ] && ( hop_tcpdump -d ) && ! ( hop_tcpdump -d -- "$hop_f" ); then
    if [ "$hop_if" != any ] || ( hop_tcpdump -L ) 2>&1 | grep -q SLL2; then hop_said refused; fi
    hop_said sll
  fi
  hop_said $hop_s ) </dev/null &
hop_job=$!
trap - USR1
exec 5>&- 6>&-
while IFS= read -r hop_l; do
  jobs
  kill -USR1 $hop_w && kill -0 $hop_job || break
done
hop_end reader
`;
