// A POSIX sh script whose commands' outputs are told apart (section-frames.ts reads it; discovery-script.ts names its lines).
// Expects `nonce`; runs under dash, bash and BusyBox ash.

import { OWN_END } from './own-end.ts';

/** `functions`: what the sections need. `sections`: commands that call `section NAME COMMAND…`. */
export function framedScript(functions: string, sections: string): string {
  return `case $nonce in *[!A-Za-z0-9]*|'') echo 'malformed nonce' >&2; exit 2;; esac
LC_ALL=C; TZ=UTC; PATH=$PATH:/usr/local/sbin:/usr/sbin:/sbin:/usr/local/bin:/usr/bin:/bin
export LC_ALL TZ PATH
unset CDPATH IFS
cd /proc || exit 1

has() { command -v "$1" >/dev/null 2>&1; }
tick() { read -r now _ <uptime; }
own_end='${OWN_END}'
# BusyBox before 1.30 wants its seconds after -t. Only BusyBox is asked which it is: the test of a file costs no process.
ends=timeout
IFS=:
for at in $PATH; do if [ -x "$at/timeout" ]; then break; fi; done
for beside in $PATH; do
  if [ "$at/timeout" -ef "$beside/busybox" ]; then
    timeout 1 sh -c : 2>/dev/null || ends='timeout -t'
    break
  fi
done
unset IFS
within() {
  seconds=$1; shift
  if has timeout; then $ends $seconds "$@"; else sh -c "$own_end" sh $seconds "$@"; fi
}

# through FILTER COMMAND...: its output through a filter of ours, with its own status. That the filter had enough is no failure.
through() {
  filter=$1; shift
  { came=$({ { "$@" 3>&- 4>&-; echo $? >&3; } | $filter 3>&- >&4 4>&-; } 3>&1); } 4>&1
  if [ "$came" = 141 ]; then came=0; fi
  return $came
}

# section NAME COMMAND...: without a fork of its own. Its stderr is gathered by whoever calls discover.
# $shown is the command as one would type it, where a function of ours stands in for it.
section() {
  name=$1; shift
  printf '\\n#%s begin %s %s %s\\n' "$nonce" "$name" "$now" "\${shown:-$*}"
  printf '\\n#%s stderr %s\\n' "$nonce" "$name" >&2
  "$@" </dev/null
  status=$?
  tick
  printf '\\n#%s end %s %s %s\\n' "$nonce" "$name" $status "$now"
  shown=
}

${functions}
discover() {
${sections}
}

epoch=$(date +%s.%N)
tick
printf '\\n#%s clock %s %s\\n' "$nonce" "$epoch" "$now"
exec 4>&1
errors=$(discover 2>&1 1>&4 4>&- | { head -c 65536; cat >/dev/null; })
tick
printf '%s\\n#%s done %s\\n' "$errors" "$nonce" "$now"
`;
}
