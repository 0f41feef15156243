// The kernel's own answer for a route: `ip route get`, asked of a node for several at once, in its own namespace or in that of a process.
import { fail, ok, type Result } from '../result.ts';
import { framedScript } from './framed-script.ts';
import { isAddressText } from './ip-text.ts';
import { readSections } from './section-reading.ts';
import { shellWord } from './shell-word.ts';

/** Of one node at once: each is a process of a few ms there. */
export const MOST_KERNEL_QUESTIONS = 40;

export interface KernelQuestion {
  /** A process in the namespace that is meant; null: the node's own. */
  readonly pid: number | null;
  readonly destination: string;
  readonly source: string | null;
  readonly iif: string | null;
  readonly mark: number;
  readonly tos: number;
  /** 6, 17, or anything else, of which ip is not told. */
  readonly ipproto: number;
  readonly sport: number;
  readonly dport: number;
}

export type KernelRoute =
  /** `type`: unicast, local, … */
  | { readonly kind: 'route'; readonly type: string; readonly dev: string; readonly via: string | null }
  /** As the kernel names it: EINVAL, ENETUNREACH … */
  | { readonly kind: 'refused'; readonly errno: string }
  /** It could not be asked: no such process, an ip that knows no marks … */
  | { readonly kind: 'unasked'; readonly sentence: string };

/** For `sh -c`. The failure is a sentence. */
export function kernelRoutesScript(
  nonce: string,
  questions: readonly KernelQuestion[],
): Result<string, string> {
  const lines: string[] = [];
  for (const [index, question] of questions.slice(0, MOST_KERNEL_QUESTIONS).entries()) {
    if (!isAddressText(question.destination) || (question.source !== null && !isAddressText(question.source)))
      return fail(`${question.destination} is no address that a kernel can be asked for.`);
    lines.push(`  section q${String(index)} within 5 ${command(question)}`);
  }
  return ok(`nonce=${nonce}\n${framedScript('', lines.join('\n'))}`);
}

function command({
  pid,
  destination,
  source,
  iif,
  mark,
  tos,
  ipproto,
  sport,
  dport,
}: KernelQuestion): string {
  const words: (string | number)[] = [
    ...(pid === null ? [] : ['nsenter', '-t', pid, '-n', '--']),
    'ip',
    destination.includes(':') ? '-6' : '-4',
    'route',
    'get',
    destination,
    ...(source === null ? [] : ['from', source]),
    ...(iif === null ? [] : ['iif', iif]),
    ...(mark === 0 ? [] : ['mark', mark]),
    ...(tos === 0 ? [] : ['tos', `0x${tos.toString(16)}`]),
  ];
  const name = ipproto === 6 ? 'tcp' : ipproto === 17 ? 'udp' : null;
  if (name !== null)
    words.push(
      'ipproto',
      name,
      ...(sport === 0 ? [] : ['sport', sport]),
      ...(dport === 0 ? [] : ['dport', dport]),
    );
  return words.map((word) => shellWord(String(word))).join(' ');
}

/** An answer for each question, in order. The failure is a sentence. */
export function parseKernelRoutes(
  stdout: Uint8Array,
  count: number,
  context: { readonly nonce: string; readonly nodeLabel: string; readonly seenAt: number },
): Result<readonly KernelRoute[], string> {
  const { sections } = readSections(stdout, context);
  if (sections.size === 0) return fail(`${context.nodeLabel} gave no answer.`);
  return ok(
    Array.from({ length: Math.min(count, MOST_KERNEL_QUESTIONS) }, (_, index): KernelRoute => {
      const section = sections.get(`q${String(index)}`);
      return section === undefined
        ? { kind: 'unasked', sentence: `${context.nodeLabel} did not come to it.` }
        : routeOf(section.stdout, section.stderr);
    }),
  );
}

const TYPES = new Set([
  'unicast',
  'local',
  'broadcast',
  'multicast',
  'anycast',
  'unreachable',
  'blackhole',
  'prohibit',
  'throw',
]);

/** strerror(3) in the C locale. */
const ERRNOS: Readonly<Record<string, string>> = {
  'Invalid argument': 'EINVAL',
  'No route to host': 'EHOSTUNREACH',
  'Permission denied': 'EACCES',
  'Network is unreachable': 'ENETUNREACH',
  'Network unreachable': 'ENETUNREACH',
  'Invalid cross-device link': 'EXDEV',
};

function routeOf(stdout: string, stderr: string): KernelRoute {
  const refused = /RTNETLINK answers: (.+)/.exec(stderr)?.[1]?.trim();
  const errno = refused !== undefined && Object.hasOwn(ERRNOS, refused) ? ERRNOS[refused] : undefined;
  if (errno !== undefined) return { kind: 'refused', errno };
  const words = (stdout.split('\n').find((line) => line.trim() !== '') ?? '').trim().split(/\s+/);
  const [first = ''] = words;
  const after = (key: string): string | null => {
    const at = words.indexOf(key);
    const value = at < 0 ? undefined : words[at + 1];
    // `via inet6 fe80::1`: a next hop of another family.
    return (value === 'inet' || value === 'inet6' ? words[at + 2] : value) ?? null;
  };
  const dev = after('dev');
  const type = TYPES.has(first) ? first : 'unicast';
  if (dev !== null && refused === undefined) return { kind: 'route', type, dev, via: after('via') };
  const said = (stderr.trim() || stdout.trim()).split('\n')[0]?.slice(0, 200) ?? '';
  return { kind: 'unasked', sentence: said === '' ? 'ip said nothing.' : said };
}
