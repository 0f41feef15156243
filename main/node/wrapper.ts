// The one program that a tier 2 login may start as root: a root-owned sh script with three fixed verbs. No command
// or path comes from outside; stdin carries nonces, names of the discovery's parts and of the streams that the script
// itself holds, a capture's parameters, which are checked there (capture-script.ts), and beats. Where a nonce is
// expected, `hello` is answered and nothing else done: only so is it seen that sudo runs it without a password
// (`sudo -l` lists what it would ask one for). The watchdog is inside, since the login may not kill root's processes
// (sudoers(5), FIELD-NOTES §2).
import { createHash } from 'node:crypto';
import { quote, wrapperParts } from './guard-script.ts';

export const WRAPPER_PATH = '/usr/local/sbin/hopscope-node';

/** Longest a discovery may take as root, s. Our own deadlines are shorter. */
const DISCOVER_DEADLINE_S = 120;

export interface WrapperContents {
  /** POSIX sh, run by the verb `discover`; it finds the caller's validated words in `nonce` and `parts`. */
  readonly discoveryBody: string;
  /** What the verb `follow` may start. */
  readonly streams: readonly { readonly name: string; readonly command: string }[];
}

function body(contents: WrapperContents): string {
  const streams = contents.streams.map(({ name, command }) => {
    if (!/^[A-Za-z0-9-]{1,40}$/.test(name)) throw new Error(`not a stream's name: ${JSON.stringify(name)}`);
    return `  ${name}) hop_c=${quote(command)};;`;
  });
  return String.raw`# Reads this node for Hopscope, as root, and changes nothing. sudo -n of exactly three commands:
#   ${WRAPPER_PATH} discover
#   ${WRAPPER_PATH} follow
#   ${WRAPPER_PATH} capture
PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin; export PATH
case $#$1 in 1discover|1follow|1capture) ;; *) echo 'usage: hopscope-node discover|follow|capture' >&2; exit 64;; esac
hop_id=root.$$.
if [ "$HOPSCOPE_GUARD" != "$hop_id" ]; then
  HOPSCOPE_GUARD=$hop_id; LC_ALL=C; export HOPSCOPE_GUARD LC_ALL; unset HOPSCOPE_STREAM
  read -r hop_a hop_b hop_c hop_d hop_e hop_f </proc/$$/stat
  if [ "$hop_e" != $$ ] && command -v setsid >/dev/null; then exec setsid /bin/sh "$0" "$1"; fi
  exec /bin/sh "$0" "$1"
fi
hop_boot=; hop_shell=/bin/sh; hop_deadline=0
if [ "$1" = discover ]; then hop_deadline=${String(DISCOVER_DEADLINE_S)}; fi
${wrapperParts.common}
IFS= read -r hop_nonce || hop_end reader
if [ "$hop_nonce" = hello ]; then echo hello >&5; kill -9 $hop_w; exit 0; fi
case $hop_nonce in *[!0-9a-f]*) hop_end reader;; esac
if [ ${'$'}{#hop_nonce} -ne 24 ]; then hop_end reader; fi
if [ "$1" = discover ]; then
IFS= read -r hop_l || hop_end reader
case $hop_l in *[!0-9A-Za-z\ ]*) hop_end reader;; esac
nonce=${'$'}{hop_l%% *}; parts=${'$'}{hop_l#* }
hop_script=${quote(contents.discoveryBody)}
${wrapperParts.runPart}
fi
if [ "$1" = capture ]; then
hop_tool=tcpdump
${wrapperParts.capturePart}
fi
hop_lines() { return 1; }
hop_fixed() { case $1 in
${streams.join('\n')}
  *) return 1;;
  esac; }
${wrapperParts.followPart}`;
}

/** Tells one wrapper's contents from another's: 12 hex digits, on its second line. */
export function wrapperVersion(contents: WrapperContents): string {
  return createHash('sha256').update(body(contents)).digest('hex').slice(0, 12);
}

/** The file to install at WRAPPER_PATH, owner root, mode 0755. */
export function wrapperText(contents: WrapperContents): string {
  return `#!/bin/sh\n# hopscope-node ${wrapperVersion(contents)}\n${body(contents)}`;
}

/** A line for /etc/sudoers.d: these three commands, with exactly these arguments, and nothing else. */
export function sudoersLine(login: string): string {
  if (!/^[a-z_][a-z0-9_-]{0,31}$/.test(login)) throw new Error(`not a login: ${JSON.stringify(login)}`);
  return `${login} ALL=(root) NOPASSWD: ${WRAPPER_PATH} discover, ${WRAPPER_PATH} follow, ${WRAPPER_PATH} capture\n`;
}
