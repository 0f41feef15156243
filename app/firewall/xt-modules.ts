// Modules of iptables whose options together are one condition (iptables-extensions(8)).
import type { RuleMatch, XtOption } from '../probe/rule-spec.ts';
import { dsFieldOf } from '../probe/rule-words.ts';
import { deviceOf } from './fib-field.ts';
import { negate, Unknown } from './filter-value.ts';
import { ICMPV6_TYPES, ICMP_TYPES, TCP_FLAGS } from './nft-names.ts';
import { isMulticast, TCP, type PacketView } from './packet-view.ts';
import { presumed, test, unknownTest, type Step } from './rule-program.ts';
import { conntrackStep } from './xt-conntrack.ts';
import { every, type Test } from './xt-test.ts';
import { timeStep } from './xt-time.ts';

type Other = Extract<RuleMatch, { kind: 'other' }>;

export function moduleStep({ module = '', options = [], text }: Other): Step {
  const has = (name: string): boolean => options.some((option) => option.name === name);
  switch (module) {
    case '':
      // Fragments later than the first: the packet that is followed is whole.
      return text === '-f' || text === '! -f'
        ? test(() => text === '! -f')
        : unknownTest(`“${text}” is not understood`);
    case 'limit':
    case 'quota':
      return presumed(!text.includes('! --quota'), `Within the rule’s limit (${text}).`);
    case 'hashlimit':
      return presumed(!has('--hashlimit-above'), `Within the rule’s limit (${text}).`);
    case 'connlimit':
      return connlimitStep(options, text);
    case 'recent':
      return recentStep(options);
    case 'policy':
      return presumed(
        options.some(({ name, values }) => name === '--pol' && values[0] === 'none'),
        'It is not, and will not be, carried by IPsec.',
      );
    case 'rpfilter':
      return test(reversePath(has('--loose'), has('--validmark'), has('--accept-local'), has('--invert')));
    case 'conntrack':
      return conntrackStep(options, text);
    case 'time':
      return timeStep(options, text);
    case 'owner':
      return ownerStep(options);
  }
  const tests = options.map((option) => optionTest(module, option));
  const known = tests.filter((asked) => asked !== null);
  if (known.length < tests.length || known.length === 0) return unknownTest(`“${text}” cannot be known`);
  return test((view) => every(known, view));
}

/** The packet's own connection counts as well (xt_connlimit.c): of none at all it is one too many. */
function connlimitStep(options: readonly XtOption[], text: string): Step {
  const asked = options.find(({ name }) => name === '--connlimit-above' || name === '--connlimit-upto');
  const isUpto = asked?.name === '--connlimit-upto';
  if (asked?.values[0] === '0') return test(() => !isUpto);
  return presumed(isUpto, `The rule’s limit of connections is not reached (${text}).`);
}

/**
 * Whose socket sends it (xt_owner.c). Nobody said which program the packet is of; that it is none of an account that a rule makes an
 * exception of (a proxy's) is presumed, but root, which may be anybody.
 */
function ownerStep(options: readonly XtOption[]): Step {
  const own = options.flatMap(({ name, values: [value = ''] }) =>
    name === '--uid-owner' || name === '--gid-owner' ? [{ name, value }] : [],
  );
  const isRoot = ({ value }: { readonly value: string }): boolean => /^(0|root)(-|$)/.test(value);
  const why = new Unknown('whose socket sends it is not known');
  return test((view) => {
    if (view.packet.iif !== null) return options.every((option) => option.negated);
    if (own.length < options.length || own.some(isRoot)) return why;
    for (const { name, value } of own)
      view.presume(
        `It is presumed that no program of the ${name === '--uid-owner' ? 'user' : 'group'} ${value} sends it.`,
      );
    return options.every((option) => option.negated);
  });
}

/** Null: nobody can know. */
function optionTest(module: string, option: XtOption): Test | null {
  const asked = plainTest(module, option);
  if (asked === null || !option.negated) return asked;
  // What comes in no frame came from none but that address either (xt_mac.c).
  if (option.name === '--mac-source') return (view) => hasFrame(view) && negate(asked(view));
  return (view) => negate(asked(view));
}

function plainTest(module: string, { name, values }: XtOption): Test | null {
  const [first = '', second = ''] = values;
  switch (name) {
    case '--tcp-flags': {
      const [mask, set] = [flagBits(first), flagBits(second)];
      return mask === null || set === null
        ? null
        : ({ packet }) => packet.protocol === TCP && (packet.tcpFlags & mask) === set;
    }
    case '--syn':
      return ({ packet }) => packet.protocol === TCP && (packet.tcpFlags & 0x17) === 2;
    case '--icmp-type':
      return icmpTest(first, ICMP_TYPES, 255);
    case '--icmpv6-type':
      return icmpTest(first, ICMPV6_TYPES, null);
    case '--ttl-eq':
    case '--hl-eq':
      return compared(
        first,
        ({ packet }) => packet.ttl,
        (own, asked) => own === asked,
      );
    case '--ttl-lt':
    case '--hl-lt':
      return compared(
        first,
        ({ packet }) => packet.ttl,
        (own, asked) => own < asked,
      );
    case '--ttl-gt':
    case '--hl-gt':
      return compared(
        first,
        ({ packet }) => packet.ttl,
        (own, asked) => own > asked,
      );
    case '--length':
      return lengthTest(first);
    case '--dscp':
      return compared(
        first,
        ({ packet }) => packet.tos >> 2,
        (own, asked) => own === asked,
      );
    case '--dscp-class': {
      const field = dsFieldOf(first === 'BE' ? 'default' : first);
      return field === null ? null : ({ packet }) => packet.tos === field;
    }
    case '--tos':
      return tosTest(first);
    case '--pkt-type':
      return packetTypeTest(first);
    case '--mac-source':
      return macTest(first);
    case '--physdev-is-in':
      return ({ packet }) => packet.physIn !== null;
    case '--physdev-is-out':
      return ({ packet }) => packet.physOut !== null;
    case '--physdev-is-bridged':
      return ({ packet }) => packet.physIn !== null && packet.physOut !== null;
    case '--src-group':
    case '--dst-group':
      return groupTest(name === '--src-group' ? 'iif' : 'oif', first);
    case '--helper':
      // What helpers make is `related`; a connection of its own has none.
      return ({ packet }) =>
        packet.connection.state === 'new' ? false : new Unknown('which helper a connection has is not known');
    default:
      return module === 'comment' ? () => true : null;
  }
}

function flagBits(text: string): number | null {
  if (text === 'NONE') return 0;
  if (text === 'ALL') return 0x3f;
  let bits = 0;
  for (const name of text.toLowerCase().split(',')) {
    const bit = (TCP_FLAGS as Readonly<Record<string, number>>)[name];
    if (bit === undefined) return null;
    bits |= bit;
  }
  return bits;
}

/** `8`, `3/4`, `128:130`, a name; 255 or `any` is every type. */
function icmpTest(text: string, names: Readonly<Record<string, number>>, every_: number | null): Test | null {
  if (text === 'any') return ({ packet }) => packet.icmp !== null;
  const match = /^(\d{1,3})(?:\/(\d{1,3})(?::(\d{1,3}))?)?$/.exec(text);
  const type = match === null ? names[text] : Number(match[1]);
  if (type === undefined) return null;
  const low = match?.[2] === undefined ? 0 : Number(match[2]);
  const high = match?.[2] === undefined ? 255 : Number(match[3] ?? match[2]);
  return ({ packet: { icmp } }) =>
    icmp !== null && (type === every_ || icmp.type === type) && icmp.code >= low && icmp.code <= high;
}

function compared(
  text: string,
  own: (view: PacketView) => number,
  holds: (own: number, asked: number) => boolean,
): Test | null {
  if (!/^(0x[0-9a-f]{1,4}|\d{1,5})$/i.test(text)) return null;
  const asked = Number(text);
  return (view) => holds(own(view), asked);
}

/** Of the IP packet, in IPv6 without the header (xt_length.c: there payload_len and header are counted). */
function lengthTest(text: string): Test | null {
  const match = /^(\d{1,5})?(?::(\d{1,5})?)?$/.exec(text);
  if (match === null || text === '') return null;
  const low = Number(match[1] ?? 0);
  const high = text.includes(':') ? Number(match[2] ?? 65535) : low;
  return ({ packet }) => packet.length >= low && packet.length <= high;
}

/** Of what comes in by an Ethernet device (xt_mac.c). */
function macTest(asked: string): Test | null {
  if (!/^[0-9a-f]{2}(:[0-9a-f]{2}){5}$/i.test(asked)) return null;
  return (view) => {
    const { fromMac = null } = view.packet;
    if (!hasFrame(view)) return false;
    return fromMac === null
      ? new Unknown('from which MAC address its frame came is not known')
      : fromMac.toLowerCase() === asked.toLowerCase();
  };
}

function hasFrame({ packet: { iif } }: PacketView): boolean {
  return iif !== null && iif !== 'lo';
}

function tosTest(text: string): Test | null {
  const match = /^(0x[0-9a-f]{1,2})(?:\/(0x[0-9a-f]{1,2}))?$/i.exec(text);
  if (match === null) return null;
  const [value, mask] = [Number(match[1]), Number(match[2] ?? '0xff')];
  return ({ packet }) => (packet.tos & mask) === value;
}

function packetTypeTest(asked: string): Test {
  return ({ packet }) => {
    if (packet.iif === null || packet.iif === 'lo')
      return new Unknown('the kind of a packet that does not come from a wire is not known');
    const isBroadcast = packet.family === 4 && packet.dst.words[0] === 0xffffffff;
    return asked === (isMulticast(packet.dst) ? 'multicast' : isBroadcast ? 'broadcast' : 'unicast');
  };
}

function groupTest(end: 'iif' | 'oif', text: string): Test {
  return ({ packet, context }) => {
    const name = packet[end];
    if (name === null) return false;
    const device = context.device(name);
    const group = device === 'unknown' ? null : device?.group;
    if (group === null) return new Unknown(`the group of ${name} is not known`);
    return (
      group === text || Number(group === 'default' ? 0 : group) === Number(text === 'default' ? 0 : text)
    );
  };
}

/** Who was seen lately is kept in the kernel: presumed nobody. */
function recentStep(options: readonly XtOption[]): Step {
  const asks = options.find(({ name }) => ['--rcheck', '--update', '--remove'].includes(name));
  const sets = options.some(({ name, negated }) => name === '--set' && !negated);
  return sets && asks === undefined
    ? test(() => true)
    : presumed(asks?.negated === true, 'Nobody is remembered from earlier packets (-m recent).');
}

function reversePath(loose: boolean, validMark: boolean, acceptLocal: boolean, invert: boolean): Test {
  return (view) => {
    const { packet, context } = view;
    const { iif } = packet;
    if (iif === null || iif === 'lo') return !invert;
    const mark = validMark ? packet.mark : 0;
    if (acceptLocal) {
      const types = context.addressTypes(packet.src, null);
      if (types === 'unknown') return new Unknown('not all routes around it were read');
      if (types.includes('local')) return !invert;
    }
    const by = deviceOf(view, 'src', iif, mark, loose);
    return by instanceof Unknown ? by : (by !== '') !== invert;
  };
}
