// A command that ends by itself, whatever becomes of who called it: in a container nothing of ours would be ended otherwise.

/**
 * POSIX sh without single quotes, for `sh -c "$it" sh SECONDS COMMAND…`: coreutils' or BusyBox' timeout(1), BusyBox' before 1.30
 * (`timeout -t`), or a watchdog beside it. Its status is the command's; 124 or 143 where that took too long. Of a command that
 * ended at once nothing is left but, at worst, a `sleep` of as many seconds.
 */
export const OWN_END = `n=$1; shift
if command -v timeout >/dev/null 2>&1; then
  if timeout 1 sh -c : 2>/dev/null; then exec timeout "$n" "$@"; fi
  exec timeout -t "$n" "$@"
fi
"$@" & p=$!
{ sleep "$n" & s=$!; trap "kill $s; exit" TERM; wait $s; kill $p; } </dev/null >/dev/null 2>&1 & w=$!
wait $p; r=$?
kill $w 2>/dev/null
exit $r`;
