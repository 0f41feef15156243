// One rule of iptables-save in our words (iptables-extensions(8)): `-s 10.0.0.0/8 -m mark ! --mark 0x1/0x1 -j DROP`.
import { markOf, type RuleMatch, type RuleSpec, type Verdict, type XtOption } from './rule-spec.ts';

export function xtRuleSpec(text: string): RuleSpec {
  const words = wordsOf(text);
  const matches: RuleMatch[] = [];
  const comments: string[] = [];
  let module: OpenModule = { name: '', used: true, other: null };
  const endModule = (): void => {
    if (!module.used)
      matches.push({
        kind: 'other',
        negated: false,
        text: `-m ${module.name}`,
        module: module.name,
        options: [],
      });
  };
  for (let at = 0; at < words.length;) {
    const option = optionAt(words, at);
    const { name, negated, values } = option;
    at += (negated ? 2 : 1) + values.length;
    if (name === '-j' || name === '-g') {
      endModule();
      const rest = words.slice(at);
      const verdict = verdictOf(values[0] ?? '', rest, name === '-g');
      return { matches, comments, verdict, options: rest.map(quoted).join(' ') };
    }
    if (name === '-m') {
      endModule();
      module = { name: values[0] ?? '', used: SILENT_MODULES.includes(values[0] ?? ''), other: null };
    } else if (name === '--comment') {
      comments.push(values.join(' '));
    } else if (module.name !== 'statistic' || !STATISTIC_WAYS.includes(name)) {
      take(option, module, matches);
    }
  }
  endModule();
  return { matches, comments, verdict: null, options: '' };
}

interface OpenModule {
  readonly name: string;
  /** One of its options was seen, or it asks nothing without one. */
  used: boolean;
  /** Where in the matches its options stand that we do not know: together they are one condition. */
  other: number | null;
}

/** Modules that are named for their options alone: without one they ask nothing (of tcp, `-p tcp` asks). */
const SILENT_MODULES = ['tcp', 'udp', 'udplite', 'sctp', 'dccp', 'icmp', 'icmp6', 'comment', 'statistic'];
const STATISTIC_WAYS = ['--mode', '--packet'];
/** Before any module. */
const OWN_OPTIONS = ['-i', '-o', '-s', '-d', '-p', '-f'];

function take(option: XtOption, module: OpenModule, matches: RuleMatch[]): void {
  const { name, negated, values } = option;
  const written = [...(negated ? ['!'] : []), name, ...values.map(quoted)].join(' ');
  if (OWN_OPTIONS.includes(name) || module.name === '') {
    matches.push({ ...matchOf(option, ''), negated, text: written });
    return;
  }
  module.used = true;
  const match = matchOf(option, module.name);
  if (match.kind !== 'other') {
    matches.push({ ...match, negated, text: `-m ${module.name} ${written}` });
    return;
  }
  const before = module.other === null ? undefined : matches[module.other];
  const options = before?.kind === 'other' ? (before.options ?? []) : [];
  module.other ??= matches.length;
  matches[module.other] = {
    kind: 'other',
    negated: false,
    text: `${before?.text ?? `-m ${module.name}`} ${written}`,
    module: module.name,
    options: [...options, option],
  };
}

/** The value of one of a target's options (`--to-destination`); null when it is not there. */
function valueOf(options: readonly string[], name: string): string | null {
  const at = options.indexOf(name);
  return at < 0 ? null : (options[at + 1] ?? null);
}

function verdictOf(target: string, options: readonly string[], goes: boolean): Verdict {
  if (goes) return { kind: 'goto', chain: target };
  switch (target) {
    case 'ACCEPT':
      return { kind: 'accept' };
    case 'DROP':
      return { kind: 'drop' };
    case 'RETURN':
      return { kind: 'return' };
    case 'MASQUERADE':
      return { kind: 'masquerade' };
    case 'REJECT':
      return { kind: 'reject', with: valueOf(options, '--reject-with') };
    case 'DNAT':
      return { kind: 'dnat', to: valueOf(options, '--to-destination') ?? '' };
    case 'SNAT':
      return { kind: 'snat', to: valueOf(options, '--to-source') ?? '' };
    case 'REDIRECT':
      return { kind: 'redirect', to: valueOf(options, '--to-ports') ?? '' };
    case 'MARK':
    case 'CONNMARK': {
      const of = target === 'MARK' ? 'packet' : 'connection';
      const xmark = markOf(valueOf(options, '--set-xmark') ?? '');
      return xmark === null ? { kind: 'other', target } : { kind: 'mark', of, ...xmark };
    }
  }
  // Extensions are written in capitals too; those that are known never to be chains:
  return /^(LOG|NFLOG|ULOG|TRACE|NOTRACK|CT|TCPMSS|TCPOPTSTRIP|TOS|DSCP|TTL|HL|CLASSIFY|SET|NFQUEUE|QUEUE|TPROXY|TEE|CHECKSUM|NETMAP|AUDIT|IDLETIMER|RATEEST|SECMARK|CONNSECMARK|HMARK|LED|SYNPROXY|CLUSTERIP|ECN|DNPT|SNPT)$/.test(
    target,
  )
    ? { kind: 'other', target }
    : { kind: 'jump', chain: target };
}

type Kind = RuleMatch extends infer Each
  ? Each extends unknown
    ? Omit<Each, 'negated' | 'text'>
    : never
  : never;

function matchOf({ name, values }: XtOption, module: string): Kind {
  const [first = ''] = values;
  const list = first.split(',');
  switch (name) {
    case '-i':
    case '-o':
      return { kind: 'interface', end: name === '-i' ? 'in' : 'out', names: [first] };
    case '--physdev-in':
    case '--physdev-out':
      return { kind: 'physdev', end: name === '--physdev-in' ? 'in' : 'out', names: [first] };
    case '-s':
    case '-d':
      return { kind: 'address', end: name === '-s' ? 'src' : 'dst', addresses: list };
    case '--src-range':
    case '--dst-range':
      return { kind: 'address', end: name === '--src-range' ? 'src' : 'dst', addresses: [first] };
    case '-p':
      return { kind: 'protocol', protocols: [first] };
    case '--sport':
    case '--sports':
    case '--dport':
    case '--dports':
    case '--ports': {
      const end = name.startsWith('--s') ? 'src' : name.startsWith('--d') ? 'dst' : 'either';
      return { kind: 'port', end, ports: list.map((port) => port.replace(':', '-')) };
    }
    case '--mark': {
      const mark = markOf(first);
      return mark === null
        ? { kind: 'other' }
        : { kind: 'mark', of: module === 'connmark' ? 'connection' : 'packet', ...mark };
    }
    case '--ctstate':
    case '--state':
      return { kind: 'state', states: list.map((state) => state.toLowerCase()) };
    case '--match-set':
      return { kind: 'set', set: first, parts: (values[1] ?? '').split(',') };
    case '--src-type':
    case '--dst-type':
      return {
        kind: 'addrtype',
        end: name === '--src-type' ? 'src' : 'dst',
        types: list.map((type) => type.toLowerCase()),
      };
    case '--probability': {
      const probability = Number(first);
      return probability >= 0 && probability <= 1 && first !== ''
        ? { kind: 'probability', probability }
        : { kind: 'other' };
    }
    case '--every': {
      const every = Number(first);
      return Number.isInteger(every) && every > 0 ? { kind: 'nth', every } : { kind: 'other' };
    }
    default:
      return { kind: 'other' };
  }
}

function optionAt(words: readonly string[], start: number): XtOption {
  const negated = words[start] === '!' && start + 1 < words.length;
  const at = negated ? start + 1 : start;
  const name = words[at] ?? '';
  let end = at + 1;
  // Targets, modules, devices, addresses and comments are one word, whatever it looks like; other options have as many as follow.
  if (/^-[jgmiosdp]$|^--comment$/.test(name)) end = Math.min(at + 2, words.length);
  else while (end < words.length && !isOption(words[end] ?? '')) end += 1;
  return { name, negated, values: words.slice(at + 1, end) };
}

function isOption(word: string): boolean {
  return word === '!' || /^--?[a-z]/i.test(word);
}

/** Words between blanks; in quotes a backslash keeps the next character (xtables_save_string). */
export function wordsOf(text: string): string[] {
  const words: string[] = [];
  for (const match of text.matchAll(/"((?:[^"\\]|\\.)*)"?|[^\s"]\S*/g)) {
    words.push(match[1] === undefined ? match[0] : match[1].replaceAll(/\\(.)/g, '$1'));
  }
  return words;
}

function quoted(word: string): string {
  return /^[^\s"\\]+$/.test(word) ? word : `"${word.replaceAll(/["\\]/g, '\\$&')}"`;
}
