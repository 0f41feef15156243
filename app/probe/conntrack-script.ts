// What is asked of connection tracking for the packet in question, never the whole table: entries of which one direction goes from one
// address to another. conntrack(8) narrows them in the kernel; where there is none, or ctnetlink is not loaded (asking would load it),
// /proc/net/nf_conntrack is narrowed by awk on the node. Measured with 20,000 entries: 80 ms of the node's
// CPU a question, of which the kernel goes through its table twice; 55 by /proc; 25 with a small table.
import { fail, ok, type Result } from '../result.ts';
import { kernelModulesScript } from './firewall-script.ts';
import { framedScript } from './framed-script.ts';

/** Of one node at once. */
export const MOST_CONNTRACK_QUESTIONS = 24;
/** Of one answer: some 300 entries. */
export const CONNTRACK_BYTES = 64 * 1024;

export interface ConntrackQuestion {
  /** A process in the namespace that is meant; null: the node's own. */
  readonly pid: number | null;
  /** Of that namespace, which is asked again there; of the node's own nobody asks. */
  readonly inode: number;
  readonly family: 4 | 6;
  /** 1, 6, 17, 58 …: the protocol's number. */
  readonly protocol: number;
  /** Null: from anywhere, to anywhere; of one of them something has to be said. */
  readonly source: string | null;
  readonly destination: string | null;
}

const FAMILIES = { 4: 'ipv4', 6: 'ipv6' } as const;

/** For `sh -c`. The failure is a sentence. */
export function conntrackScript(
  nonce: string,
  questions: readonly ConntrackQuestion[],
): Result<string, string> {
  const lines: string[] = [];
  for (const [index, question] of questions.slice(0, MOST_CONNTRACK_QUESTIONS).entries()) {
    const { pid, inode, family, protocol, source, destination } = question;
    const given = [source, destination].filter((one) => one !== null);
    if (given.length === 0 || !given.every(isAddress) || !Number.isInteger(protocol))
      return fail(`${given.join(' → ')} are no addresses whose connections can be asked for.`);
    lines.push(
      `  shown='${conntrackCommand(question)}'`,
      `  section c${String(index)} tracked ${pid === null ? '- -' : `${String(pid)} ${String(inode)}`} ${FAMILIES[family]} ${String(protocol)} ${[source, destination].map(forms).join(' ')}`,
    );
  }
  return ok(`nonce=${nonce}\n${framedScript(`${kernelModulesScript}${functions}`, lines.join('\n'))}`);
}

/** As one types it on the node. */
export function conntrackCommand(question: Omit<ConntrackQuestion, 'inode'>): string {
  const { pid, family, protocol, source, destination } = question;
  return [
    ...(pid === null ? [] : ['nsenter', '-t', pid, '-n']),
    'conntrack -L -f',
    FAMILIES[family],
    '-p',
    protocol,
    ...(source === null ? [] : ['--orig-src', source]),
    ...(destination === null ? [] : ['--orig-dst', destination]),
  ].join(' ');
}

function isAddress(text: string): boolean {
  return /^[0-9a-fA-F.:]{2,45}$/.test(text);
}

/** As conntrack(8) takes it, and as /proc has it: there IPv6 is written out. `- -`: any. */
function forms(address: string | null): string {
  if (address === null) return '- -';
  return `${address} ${address.includes(':') ? writtenOut(address) : address}`;
}

function writtenOut(address: string): string {
  const [head = '', tail] = address.split('::', 2);
  const groups = (text: string): string[] => (text === '' ? [] : text.split(':'));
  const [left, right] = [groups(head), groups(tail ?? '')];
  const between = tail === undefined ? 0 : Math.max(0, 8 - left.length - right.length);
  return [...left, ...Array.from({ length: between }, () => '0'), ...right]
    .map((group) => group.padStart(4, '0').toLowerCase())
    .join(':');
}

const functions = `
# Of a line of /proc/net/nf_conntrack both directions: the one that began it, and the one that answers.
between='
  $1 != family || $4 != protocol { next }
  {
    n = 0
    for (i = 5; i <= NF; i++) {
      if (substr($i, 1, 4) == "src=") src[++n] = substr($i, 5)
      if (substr($i, 1, 4) == "dst=") dst[n] = substr($i, 5)
    }
    for (i = 1; i <= n; i++)
      if ((from == "-" || src[i] == from) && (to == "-" || dst[i] == to)) { print; next }
  }'
by_tool() {
  within 5 $enter conntrack -L -o extended -f $family -p $protocol \${from:+--orig-src $from} \${to:+--orig-dst $to} &&
    within 5 $enter conntrack -L -o extended -f $family -p $protocol \${from:+--reply-src $from} \${to:+--reply-dst $to}
}
by_file() {
  within 5 awk -v family=$family -v protocol=$protocol -v from=$whole_from -v to=$whole_to "$between" $file
}
# tracked PID INODE FAMILY PROTOCOL FROM WHOLE_FROM TO WHOLE_TO; - is the node's own namespace, any address.
tracked() {
  family=$3 protocol=$4 from=\${5#-} whole_from=$6 to=\${7#-} whole_to=$8
  enter=; file=net/nf_conntrack
  if [ $1 != - ]; then
    enter="nsenter -t $1 -n --"; file=$1/net/nf_conntrack
    # The number may have become another process's. Where one may not look, one may not enter either.
    case $(readlink $1/ns/net) in "net:[$2]"|'') ;; *) echo "process $1 is in another network by now" >&2; return 1;; esac
  fi
  # Where no module of it is loaded there is no connection.
  if [ ! -e sys/net/netfilter/nf_conntrack_max ]; then return 0; fi
  said=127
  if has conntrack && kernel_has nf_conntrack_netlink; then
    through 'head -c ${String(CONNTRACK_BYTES)}' by_tool; said=$?
    if [ $said = 0 ]; then return 0; fi
  fi
  if [ -e $file ]; then through 'head -c ${String(CONNTRACK_BYTES)}' by_file; said=$?; fi
  return $said
}
`;
