// The node's half of the guard (DESIGN §10, FIELD-NOTES §2): POSIX sh for dash, bash and BusyBox ash, so no
// `read -t`, no `set -m` (both need more than POSIX, or a tty), no here-documents (bash writes them to /tmp).
//
// Processes, all in one process group, all with HOPSCOPE_GUARD=<id> in their environment:
//   reader   ($$) reads beats and orders from stdin; end of file there ends everything
//   watch    counts seconds since the last beat; never writes, so a full pipe cannot stop it
//   ticker   (follow, and capture below its payload) prints the time each second; ends everything if one of the others is gone
//   payload  the script, tcpdump, or one subtree a stream
// Whoever sees the end first kills what left the group (found by the marker in /proc/*/environ), then the group
// at once (`kill -9 0`), itself included: nobody is left to be waited for. If one of the three is SIGKILLed the
// others notice within 2 s (10 s when nobody reaps a dead reader). Should reader, watch and ticker all be
// SIGKILLed in the same second, a payload lives until it writes (SIGPIPE) or ends: no shell can prevent that.

import { capturePart } from './capture-script.ts';

/**
 * Seconds without a beat after which everything ends. Beats come every second. SSH itself lives through a stall of the
 * network of up to 15 s, and what can be kept through one is; but a terminal goes on for up to 3 s after its guard
 * (main/terminal), and all must be gone within 15 s.
 */
const SILENCE_S = 10;

/** Longest text in one frame. With its head it stays under PIPE_BUF (4096), so that frames never interleave. */
const CHUNK = 3000;

/**
 * What sshd is asked to run. The login shell (csh, fish, anything) sees one single-quoted word without quotes,
 * `!`, backslash or newline, shorter than 1024 bytes (csh). It reads one line, the loader, and watches itself
 * for 10 s, in case the peer freezes before the script has come.
 */
export function guardCommand(id: string, shell: string): string {
  const boot =
    '(c=0; while [ $c -lt 10 ] && kill -0 $$; do sleep 1; c=$((c+1)); done; kill -9 $$) </dev/null >/dev/null 2>&1 & ' +
    'IFS= read -r l && eval "$l"';
  return `exec env LC_ALL=C HOPSCOPE_GUARD=${id} ${shell} -c '${boot}'`;
}

/**
 * The first line on stdin: collects the script up to its end mark, and runs nothing of half a script. A shell reads a pipe byte by
 * byte, 9 ms of CPU for 19 KB; head takes it at once where `bytes` are told, those of script and mark. BusyBox's head reads on: only for
 * a script that nothing but beats follows.
 */
export function loaderLine(mark: string, bytes: number | null = null): string {
  const atOnce =
    bytes === null
      ? ''
      : `hop_src=$(head -c ${String(bytes)} 2>/dev/null); case $hop_src in *"${mark}") ` +
        `hop_src=\${hop_src%"${mark}"}; eval "$hop_src"; exit;; esac; `;
  return (
    `hop_nl=$(printf "\\n."); hop_nl=\${hop_nl%.}; ${atOnce}hop_src=; while IFS= read -r l; do ` +
    `if [ "$l" = "${mark}" ]; then eval "$hop_src"; exit; fi; hop_src=$hop_src$l$hop_nl; done\n`
  );
}

/** Functions and the watch. Expects hop_id, hop_shell, hop_deadline (s, 0 = none) and hop_boot (pid or empty). */
const common = String.raw`
PATH=$PATH:/usr/local/sbin:/usr/sbin:/sbin; export PATH
hop_leader=
if read -r hop_a hop_b hop_c hop_d hop_e hop_f </proc/$$/stat && [ "$hop_e" = $$ ]; then hop_leader=1; fi
exec 5>&1 6>&2 >/dev/null 2>&1

hop_end() {
  trap '' HUP INT TERM USR1
  if [ -z "$hop_leader" ] && [ "$1" != watch ]; then kill -9 $$; exit 1; fi
  for hop_n in 1 2 3; do
    read -r hop_self hop_x </proc/self/stat
    for hop_p in $(grep -ls "HOPSCOPE_GUARD=$hop_id" /proc/[0-9]*/environ); do
      hop_p=${'$'}{hop_p%/environ}; hop_p=${'$'}{hop_p##*/}
      if [ "$hop_p" = "$hop_self" ]; then continue; fi
      if [ -n "$hop_leader" ]; then
        hop_x=; read -r hop_x </proc/$hop_p/stat
        set -- ${'$'}{hop_x##*) }
        if [ "$3" = $$ ]; then continue; fi
      fi
      kill -9 $hop_p
    done
  done
  if [ -n "$hop_leader" ]; then kill -9 0; fi
  exit 1
}

trap '' USR1
( trap hop_c=0 USR1; hop_c=0; hop_t=0
  while [ $hop_c -lt ${String(SILENCE_S)} ] && kill -0 $$; do
    sleep 1; hop_c=$((hop_c+1)); hop_t=$((hop_t+1))
    if [ $hop_deadline -gt 0 ] && [ $hop_t -ge $hop_deadline ]; then break; fi
  done
  hop_end watch ) </dev/null 5>&- 6>&- &
hop_w=$!
trap - USR1
trap 'hop_end reader' HUP INT TERM
if [ -n "$hop_boot" ]; then kill -9 $hop_boot; wait $hop_boot; fi
`;

/** Runs hop_script once. Its stdout and stderr are the channel's own, each after a begin mark. */
const runPart = String.raw`
printf '%s begin\n' "$hop_nonce" >&5
printf '%s begin\n' "$hop_nonce" >&6
( ( eval "$hop_script" ) </dev/null >&5 2>&6 5>&- 6>&-
  hop_s=$?
  printf '\n%s end %s\n' "$hop_nonce" $hop_s >&6
  printf '\n%s end %s\n' "$hop_nonce" $hop_s >&5
  if [ -n "$hop_leader" ]; then kill -9 0; fi
  kill -9 $$ ) &
hop_job=$!
exec 5>&- 6>&-
while IFS= read -r hop_l; do
  jobs
  kill -USR1 $hop_w && kill -0 $hop_job || break
done
hop_end reader
`;

/** Streams as frames (framing.ts). Orders on stdin: "" beat, "+ID N" and N lines: start, "=ID NAME", "-ID": stop. */
const followPart = String.raw`
hop_tag() {
  while IFS= read -r hop_l || [ -n "$hop_l" ]; do
    if [ ${'$'}{#hop_l} -gt ${String(CHUNK)} ]; then
      printf '%s\n' "$hop_l" | fold -b -w ${String(CHUNK)} | while IFS= read -r hop_q; do
        printf '%s %s+ %s %s\n' "$hop_nonce" $1 $2 "$hop_q"
      done
      hop_l=
    fi
    printf '%s %s %s %s\n' "$hop_nonce" $1 $2 "$hop_l"
  done
}
hop_start() {
  (
    hop_s=$( { { {
      HOPSCOPE_STREAM=$hop_id.$1. $hop_shell -c "$2" </dev/null 3>&- 4>&- 5>&-
      echo $? >&3; } 2>&1 >&4 4>&- | hop_tag e $1 >&5 3>&- 4>&-; } 4>&1 | hop_tag o $1 >&5 3>&-; } 3>&1 )
    printf '%s x %s %s\n' "$hop_nonce" $1 "$hop_s" >&5
  ) </dev/null &
}
hop_stop() {
  # Again until nothing is found: what one forks while others are killed.
  for hop_n in 1 2 3 4 5 6 7 8; do
    hop_f=
    for hop_p in $(grep -ls "HOPSCOPE_STREAM=$hop_id.$1." /proc/[0-9]*/environ); do
      hop_p=${'$'}{hop_p%/environ}; kill -9 ${'$'}{hop_p##*/} && hop_f=1
    done
    if [ -z "$hop_f" ]; then break; fi
  done
}
hop_order() {
  hop_o=$1
  case $hop_o in *[!0-9A-Za-z\ +=-]*) return;; esac
  set -- ${'$'}{hop_o#?}
  case $1 in ''|*[!0-9]*) return;; esac
  case $hop_o in
    +*) hop_lines $2 && hop_start $1 "$hop_c";;
    =*) if hop_fixed "$2"; then hop_start $1 "$hop_c"; else printf '%s x %s 127\n' "$hop_nonce" $1 >&5; fi;;
    -*) hop_stop $1;;
  esac
}
exec 6>&-
printf '%s begin\n' "$hop_nonce" >&5
( while kill -0 $$ && kill -0 $hop_w; do date "+$hop_nonce t %s.%N" >&5; sleep 1; done
  hop_end ticker ) </dev/null &
hop_job=$!
while IFS= read -r hop_l; do
  jobs
  kill -USR1 $hop_w && kill -0 $hop_job || break
  if [ -n "$hop_l" ]; then hop_order "$hop_l"; fi
done
hop_end reader
`;

/** Free commands, as lines on stdin. The root wrapper has fixed ones instead. */
const freeCommands = String.raw`
hop_lines() {
  case $1 in ''|*[!0-9]*) return 1;; esac
  hop_c=; hop_i=0
  while [ $hop_i -lt $1 ]; do
    IFS= read -r hop_l || hop_end reader
    hop_c=$hop_c$hop_l$hop_nl; hop_i=$((hop_i+1))
  done
}
hop_fixed() { return 1; }
`;

/** A word for POSIX sh that stands for exactly this text. */
export function quote(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}

export interface GuardWords {
  /** Marks every process of ours in /proc/PID/environ. Letters, digits, `.` and `-`. */
  readonly id: string;
  /** Starts every mark and frame; unguessable, and never on a command line. */
  readonly nonce: string;
  readonly shell: string;
}

function plainHead(words: GuardWords, deadlineS: number): string {
  // Not the leader of a group of our own (not sshd's child): become one. exec keeps the pid.
  return `hop_boot=$!; hop_id=${words.id}; hop_nonce=${words.nonce}; hop_shell=${quote(words.shell)}; hop_deadline=${String(deadlineS)}
read -r hop_a hop_b hop_c hop_d hop_e hop_f </proc/$$/stat
if [ "$hop_e" != $$ ] && [ -z "$HOPSCOPE_BOOT" ] && command -v setsid >/dev/null; then
  HOPSCOPE_BOOT=$hop_boot; export HOPSCOPE_BOOT; export hop_nl hop_src; exec setsid $hop_shell -c 'eval "$hop_src"'
fi
if [ -n "$HOPSCOPE_BOOT" ]; then hop_boot=$HOPSCOPE_BOOT; fi
unset hop_src HOPSCOPE_BOOT
`;
}

/** The script that runs one payload under the guard. `deadlineS` > 0, whole seconds. */
export function runScriptText(words: GuardWords, script: string, deadlineS: number): string {
  return `${plainHead(words, deadlineS)}hop_script=${quote(script)}\n${common}${runPart}`;
}

/** The script that keeps streams under the guard; they are started by orders on stdin. */
export function followScriptText(words: GuardWords): string {
  return `${plainHead(words, 0)}${freeCommands}${common}${followPart}`;
}

/** The script that captures with this tcpdump: a name or a path. Its parameters follow on stdin (capture-script.ts). */
export function captureScriptText(words: GuardWords, tool: string): string {
  return `${plainHead(words, 0)}hop_tool=${quote(tool)}\n${common}${capturePart}`;
}

/** What the root wrapper (wrapper.ts) is made of. */
export const wrapperParts = { common, runPart, followPart, capturePart } as const;
