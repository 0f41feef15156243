// Packets sent on purpose, from a node or from inside a Pod's network: echo requests of any size, TCP connections, UDP datagrams. Whatever
// tool the node has sends them; all of one node at once. Every one of them is bounded in number and time, and leaves nothing.
import { isAddressText } from './ip-text.ts';
import { fail, ok, type Result } from '../result.ts';
import { framedScript } from './framed-script.ts';
import { readSections } from './section-reading.ts';
import { shellWord } from './shell-word.ts';
import { PERL_SHOTS, PYTHON_SHOTS } from './shot-programs.ts';

export interface Shot {
  readonly kind: 'echo' | 'connect' | 'datagram';
  /** A process in the namespace that sends, and the namespace's inode, which is asked again there; null: the node's own. */
  readonly inside: { readonly pid: number; readonly inode: number } | null;
  readonly destination: string;
  /** Null for an echo. */
  readonly port: number | null;
  /** By which it is known in a capture; null: any. */
  readonly sourcePort: number | null;
  /** Bytes of the IP packet; of a connection it is not ours to choose. */
  readonly size: number;
  /** Must not be cut into fragments. */
  readonly whole: boolean;
  readonly count: number;
}

/** Of one node at once. */
export const MOST_SHOTS = 48;
const MOST_COUNT = 10;
/** s after which a shot ends, whatever its tool does. */
const SHOT_ENDS_S = 6;
/** What echo requests carry, over and over: eight bytes. */
export const SHOT_MARK = 'hopscope';

export interface ShotReport {
  readonly sent: number;
  readonly answered: number;
  readonly rttMs: number | null;
  /** errno by its name, of the last failure; null without one. */
  readonly error: string | null;
  /** ICMP errors that came back. */
  readonly told: { readonly by: string | null; readonly what: string; readonly mtu: number | null } | null;
  /** Null: nothing there can send it. */
  readonly tool: string | null;
  readonly output: string;
}

/** For `sh -c`. The failure is a sentence. */
export function shotsScript(nonce: string, shots: readonly Shot[]): Result<string, string> {
  if (shots.length > MOST_SHOTS)
    return fail(`${String(shots.length)} packets at once are too many for one node.`);
  const lines: string[] = [];
  for (const [index, shot] of shots.entries()) {
    if (!isAddressText(shot.destination)) return fail(`${shot.destination} is no address to send to.`);
    lines.push(`  shot ${String(index)} ${words(shot).join(' ')} &`);
  }
  const functions = `perl_shots=${shellWord(PERL_SHOTS)}
python_shots=${shellWord(PYTHON_SHOTS)}
${SHOT_FUNCTIONS}
all_shots() {
${lines.join('\n')}
  wait
}`;
  return ok(
    `nonce=${nonce}\n${framedScript(functions, "  shown='ping, connect, send'\n  section shots all_shots")}`,
  );
}

function words({
  kind,
  inside,
  destination,
  port,
  sourcePort,
  size,
  whole,
  count,
}: Shot): (string | number)[] {
  return [
    inside?.pid ?? 0,
    inside?.inode ?? 0,
    kind,
    destination,
    port ?? 0,
    sourcePort ?? 0,
    Math.min(65_535, Math.max(28, size)),
    whole ? 1 : 0,
    Math.min(MOST_COUNT, Math.max(1, count)),
  ];
}

/** A packet each 0.3 s, waited for as long as 1 s, with `hopscope` in it. */
const PING_HOW = '-i 0.3 -W 1 -p 686f7073636f7065';

/** `2 UDP datagrams`. */
export function datagrams(count: number): string {
  return count === 1 ? 'one UDP datagram' : `${String(count)} UDP datagrams`;
}

/** As one types it: what is preferred where the node has it. */
export function shotCommand({ kind, inside, destination, port, size, whole, count }: Shot): string {
  const enter = inside === null ? '' : `nsenter -t ${String(inside.pid)} -n -- `;
  const six = destination.includes(':');
  const bytes = Math.max(0, size - (six ? 48 : 28));
  switch (kind) {
    case 'echo':
      return `${enter}ping -n -c ${String(count)} ${PING_HOW} -s ${String(bytes)} -M ${whole ? 'do' : 'dont'} -- ${destination}`;
    case 'connect':
      return `${enter}nc -z -w 3 -- ${destination} ${String(port ?? 0)}`;
    case 'datagram':
      return `${enter}perl -e '…' ${destination} ${String(port ?? 0)} (${datagrams(count)} of ${String(size)} bytes)`;
  }
}

const SHOT_FUNCTIONS = `
# enter COMMAND...: in the namespace, as long as it is still the one that was meant.
enter() {
  if [ $pid = 0 ]; then within ${SHOT_ENDS_S} "$@"; return; fi
  within ${SHOT_ENDS_S} nsenter -t $pid -n -- sh -c 'n=$1; shift; if [ "$(readlink /proc/self/ns/net)" != "net:[$n]" ]; then echo gone; exit 97; fi; exec "$@"' hop $inode "$@"
}
is_iputils() { case $(ping -V 2>&1) in *iputils*) return 0;; esac; return 1; }
works() { has $1 && "$@" >/dev/null 2>&1; }
of_program() { echo "tool $1"; shift; enter "$@" $kind $dest $port $sport $size $whole $count; }
bash_connect() {
  echo 'tool bash'; echo 'sent 1'
  if enter bash -c 'exec 3<>/dev/tcp/"$1"/"$2" && echo answer 1 -' bash $dest $port; then :; fi
}
bash_datagram() {
  echo 'tool bash'; echo "sent 1"
  enter bash -c 'exec 3<>/dev/udp/"$1"/"$2" && printf hopscope >&3 && read -r -t 1 -n 1 -u 3 && echo answer 1 -' bash $dest $port
}
fire() {
  head=28; case $dest in *:*) head=48;; esac
  data=$((size - head))
  if [ $data -lt 0 ]; then data=0; fi
  case $kind in
    echo)
      if has ping && is_iputils; then
        echo 'tool ping'
        # Without -w: with it -c counts answers, and it sends until it has them.
        if [ $whole = 1 ]; then df='-M do'; else df='-M dont'; fi
        enter ping -n -c $count ${PING_HOW} -s $data $df -- $dest
      elif works perl -e 1; then of_program perl perl -e "$perl_shots"
      elif [ $whole = 1 ]; then echo lacks
      elif has ping; then echo 'tool ping'; enter ping -c $count -W 1 -s $data -- $dest
      elif has busybox && busybox ping -c 1 -W 1 127.0.0.1 >/dev/null 2>&1; then
        echo 'tool busybox'; enter busybox ping -c $count -W 1 -s $data -- $dest
      else echo lacks; fi;;
    connect)
      if works perl -e 1; then of_program perl perl -e "$perl_shots"
      elif works python3 -c ''; then of_program python3 python3 -c "$python_shots"
      elif has bash; then bash_connect
      elif has nc; then
        echo 'tool nc'; echo 'sent 1'
        if enter nc -z -w 3 -- $dest $port; then echo 'answer 1 -'; fi
      elif has curl; then
        echo 'tool curl'; echo 'sent 1'
        case $dest in *:*) url=telnet://[$dest]:$port;; *) url=telnet://$dest:$port;; esac
        enter curl -v -s --noproxy '*' --connect-timeout 3 -m 4 -o /dev/null $url
      else echo lacks; fi;;
    datagram)
      if works perl -e 1; then of_program perl perl -e "$perl_shots"
      elif works python3 -c ''; then of_program python3 python3 -c "$python_shots"
      elif has bash; then bash_datagram
      else echo lacks; fi;;
  esac
}
# shot NUMBER PID INODE KIND ADDRESS PORT SOURCE-PORT SIZE WHOLE COUNT: each line of it begins with its number.
shot() {
  number=$1 pid=$2 inode=$3 kind=$4 dest=$5 port=$6 sport=$7 size=$8 whole=$9; shift 9; count=$1
  said=$(fire </dev/null 2>&1 | head -c 2000)
  printf '%s\\n' "$said" | sed "s/^/$number /"
}
`;

/** A report for each shot, in order. The failure is a sentence. */
export function parseShots(
  stdout: Uint8Array,
  count: number,
  context: { readonly nonce: string; readonly nodeLabel: string; readonly seenAt: number },
): Result<readonly ShotReport[], string> {
  const section = readSections(stdout, context).sections.get('shots');
  if (section === undefined) return fail(`${context.nodeLabel} did not come to sending.`);
  const lines = new Map<number, string[]>();
  for (const line of section.stdout.split('\n')) {
    const [, number, text = ''] = /^(\d{1,3}) (.*)$/.exec(line) ?? [];
    if (number === undefined || Number(number) >= count) continue;
    const own = lines.get(Number(number));
    if (own === undefined) lines.set(Number(number), [text]);
    else own.push(text);
  }
  return ok(Array.from({ length: count }, (_, index) => shotReport(lines.get(index) ?? [])));
}

const TOOLS = ['ping', 'busybox', 'perl', 'python3', 'bash', 'nc', 'curl'];

/** strerror(3) as ping, nc, curl and bash print it. */
const SAID: readonly (readonly [RegExp, string])[] = [
  [/connection refused/i, 'ECONNREFUSED'],
  [/no route to host/i, 'EHOSTUNREACH'],
  [/network (is )?unreachable/i, 'ENETUNREACH'],
  [/message too long/i, 'EMSGSIZE'],
  [/operation not permitted/i, 'EPERM'],
  [/permission denied/i, 'EACCES'],
];

/** ICMP types of errors, version 4 and 6, in the words of ping(8). */
function toldWords(type: number, code: number): string {
  if (type === 3 && code === 4) return 'too big, and must not be fragmented';
  if (type === 2) return 'too big';
  if (type === 11 || (type === 3 && code > 15)) return 'time to live ran out';
  if (type === 3)
    return (
      {
        0: 'network unreachable',
        1: 'host unreachable',
        2: 'protocol unreachable',
        3: 'port unreachable',
        13: 'administratively prohibited',
      }[code] ?? `unreachable (code ${String(code)})`
    );
  return (
    { 0: 'no route', 1: 'administratively prohibited', 3: 'address unreachable', 4: 'port unreachable' }[
      code
    ] ?? `unreachable (code ${String(code)})`
  );
}

/** Any lines in. What is in no tool's words says nothing. */
export function shotReport(lines: readonly string[]): ShotReport {
  let tool: string | null = null;
  let sent = 0;
  let answered = 0;
  let rttMs: number | null = null;
  let error: string | null = null;
  let told: ShotReport['told'] = null;
  const took = (text: string | undefined): void => {
    const ms = Number(text ?? NaN);
    if (Number.isFinite(ms) && (rttMs === null || ms < rttMs)) rttMs = ms;
  };
  for (const line of lines) {
    const [first = '', second = '', third] = line.trim().split(/\s+/);
    if (first === 'tool' && TOOLS.includes(second)) tool = second;
    else if (first === 'sent') sent = numberOf(second);
    else if (first === 'answer') {
      answered += 1;
      took(third);
    } else if (first === 'error') error = /^[A-Z0-9]{1,20}$/.test(second) ? second : 'EIO';
    else if (first === 'told') told = ownTold(line);
    else if (/^\d+ bytes from .*seq=/.test(line)) {
      if (line.includes('DUP!')) continue;
      answered += 1;
      took(/time[=<]([\d.]+)/.exec(line)?.[1]);
    } else if (/^\d+ packets transmitted/.test(line)) sent = numberOf(first);
    else if (/^\* Connected to /.test(line) && tool === 'curl') answered = 1;
    else {
      told = pingTold(line) ?? told;
      // `From 10.0.0.1 icmp_seq=1 Destination Host Unreachable` is somebody else's word, not an errno.
      if (!/^From /.test(line)) error = SAID.find(([words]) => words.test(line))?.[1] ?? error;
    }
  }
  return {
    sent: Math.max(sent, answered),
    answered,
    rttMs,
    error: answered > 0 && tool !== 'ping' && tool !== 'perl' ? null : error,
    told,
    tool: lines.some(couldNot) ? null : tool,
    output: lines.slice(0, 12).join('\n').slice(0, 1000),
  };
}

/** The namespace is gone, or this login may not send such packets: no rule on the way has taken them. */
function couldNot(line: string): boolean {
  return (
    line === 'gone' ||
    line === 'lacks right' ||
    line.startsWith('nsenter: ') ||
    // iputils, and BusyBox.
    /^ping: (?:(?:icmp open )?socket: (?:Operation not permitted|Permission denied)|permission denied \(are you root)/i.test(
      line,
    )
  );
}

function numberOf(text: string): number {
  return /^\d{1,4}$/.test(text) ? Number(text) : 0;
}

/** `told TYPE CODE WORD ADDRESS`. */
function ownTold(line: string): ShotReport['told'] {
  const [, type, code, word, by] =
    /^told (\d{1,3}) (\d{1,3}) (\d{1,10}) ([0-9A-Fa-f.:]{2,45})$/.exec(line) ?? [];
  if (type === undefined || by === undefined) return null;
  const what = toldWords(Number(type), Number(code));
  return { by, what, mtu: what.startsWith('too big') && Number(word) > 0 ? Number(word) : null };
}

/** iputils' ping: `From 10.0.0.1 icmp_seq=1 Frag needed and DF set (mtu = 1400)`, `local error: message too long, mtu=1400`. */
function pingTold(line: string): ShotReport['told'] {
  const mtu = /mtu ?[=:] ?(\d{2,5})/.exec(line)?.[1];
  const [, by, what] = /^From (\S+?):? icmp_seq=\d+ (.+)$/.exec(line) ?? [];
  if (by !== undefined && what !== undefined)
    return {
      by: by.slice(0, 60),
      what: mtu === undefined ? what.slice(0, 100).toLowerCase() : 'too big, and must not be fragmented',
      mtu: mtu === undefined ? null : Number(mtu),
    };
  if (mtu !== undefined && /message too long/i.test(line))
    return { by: null, what: 'larger than the sender’s own device takes', mtu: Number(mtu) };
  return null;
}
