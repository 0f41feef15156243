// What an answer rests on that was not read or not understood, and what may be otherwise: a sentence each.
import type { Route } from '../probe/facts.ts';
import { MAYBE_THROW } from '../probe/net-tools.ts';
import type { ForwardingState } from '../topology/model.ts';
import type { Fib } from './fib.ts';
import type { Flow } from './flow.ts';
import { ASSUMED_SETTINGS } from './incoming-settings.ts';
import type { NamespaceFacts } from './namespace-facts.ts';
import { receiving, sending, type IncomingSettings, type KernelAnswer } from './kernel-lookup.ts';

export interface Answered {
  readonly fib: Fib;
  readonly flow: Flow;
  readonly answer: KernelAnswer;
  /** Null where they were not read. */
  readonly settings: IncomingSettings | null;
  readonly forwarding: ForwardingState;
  /** Null where there is no reading of this namespace. */
  readonly facts: NamespaceFacts | null;
}

export function notesOf(answered: Answered): string[] {
  return [
    ...readingNotes(answered),
    ...ruleNotes(answered),
    ...pathNotes(answered),
    ...senderNotes(answered),
    ...incomingNotes(answered),
    ...mergedNotes(answered),
  ];
}

function readingNotes({ fib, forwarding, facts }: Answered): string[] {
  const { family } = fib;
  const said = [facts?.[`routes${family}`], facts?.[`rules${family}`]].flatMap(
    (section) => section?.sentence ?? [],
  );
  const notes = [...said];
  if (!forwarding.rules.some((rule) => rule.family === family))
    notes.push('Policy rules were not read: those that every machine begins with are presumed.');
  // Every machine has it, if only for its loopback device.
  if (!fib.tables.has('local'))
    notes.push('Table local was not read: which addresses are this machine’s own is not known.');
  return notes;
}

function ruleNotes({ fib, flow }: Answered): string[] {
  const { rules, devices, tables } = fib;
  const notes = rules.flatMap(({ rule }) =>
    rule.unread.length === 0
      ? []
      : [
          `Rule ${rule.priority} is not understood whole (${rule.unread.join(' ')}): it is taken not to match.`,
        ],
  );
  if (!devices.known && rules.some(({ rule }) => rule.l3mdev))
    notes.push('A rule asks for the table of a VRF: which devices belong to one is not known.');
  if (!devices.known && rules.some(({ rule }) => rule.suppressIfgroup !== null))
    notes.push(
      'A rule suppresses a group of devices: groups are not known, every device is taken to be of the default one.',
    );
  const vrf = fib.vrfOf(flow);
  if (vrf !== null && !tables.has(vrf.table))
    notes.push(
      `No route of table ${vrf.table}, that of the VRF ${vrf.name}, is known by its number: it is empty, or has a name of its own.`,
    );
  if (flow.iif === null && rules.some(({ rule }) => rule.uidrange !== null))
    notes.push('A rule asks which user sends: root is presumed.');
  return notes;
}

function pathNotes({ answer }: Answered): string[] {
  const route = answer.kind === 'on-link' ? null : answer.route;
  if (route === null) return [];
  const notes = route.nexthops
    .filter(({ flags }) => flags?.includes('dead') === true)
    .map(({ via, dev }) => `Its path ${via === null ? '' : `to ${via} `}by ${dev} is dead: it is not used.`);
  if (route.nexthops.length - notes.length > 1)
    notes.push(
      'Which of its paths a packet takes, a hash of its addresses decides that only the kernel knows.',
    );
  if (answer.kind === 'route' && answer.refusedBy !== undefined && answer.refusedBy.length > 0)
    notes.push(
      `By ${answer.refusedBy.join(' and ')} this packet is refused: with that way out its source may not come in here.`,
    );
  if (route.encap !== undefined)
    notes.push(
      `It is put into another packet on the way out (encap ${route.encap}): what is seen on ${route.dev ?? 'the device'} is that one.`,
    );
  if (route.flags.includes(MAYBE_THROW))
    notes.push(
      '“route -n” prints the same for blackhole and throw: if it is a throw, the next rule’s table is asked.',
    );
  return notes;
}

function senderNotes({ fib, flow }: Answered): string[] {
  const sent = flow.iif === null ? sending(fib, flow) : null;
  return sent?.kind === 'refused' && sent.why === 'source-not-local'
    ? [
        'The source is no address of this machine, which cannot send so: say by which device the packet comes in (iif).',
      ]
    : [];
}

function incomingNotes({ fib, flow, answer, settings }: Answered): string[] {
  if (flow.iif === null || settings !== null) return [];
  if (fib.family === 6) return ['Whether it forwards IPv6 was not read: that it does is assumed.'];
  const notes = [
    'Whether its device forwards and how strictly it checks sources was not read: forwarding on and rp_filter 0 are assumed.',
  ];
  const strict = receiving(fib, flow, { ...ASSUMED_SETTINGS, rpFilter: 1 });
  if (answer.kind === 'route' && strict.kind === 'refused')
    notes.push('With rp_filter 1 it would be refused: the way back to its source leaves by another device.');
  return notes;
}

function mergedNotes({ fib, flow, answer }: Answered): string[] {
  return fib.merged !== null && answer.kind === 'route' && differsUnmerged(fib, flow, answer.route)
    ? [
        'As soon as a rule is added, table local is looked at first and alone, and this address goes another way.',
      ]
    : [];
}

/** The longest prefix of both tables has won over a shorter one of table local. */
function differsUnmerged(fib: Fib, flow: Flow, winner: Route): boolean {
  if (winner.table === 'local') return false;
  const first = fib.tables.get('local')?.candidates(flow) ?? [];
  for (const { route, unusable } of first)
    if (route.table === 'local' && unusable === null) return route.type !== 'throw';
  return false;
}
