import type { ScopeCell, ScopeParty } from '../../../app/trace/probe-model.ts';

const kind = (proto: ScopeCell['proto'], port: number | null): string =>
  proto === 'icmp' ? 'ping' : proto === 'tcp' && port !== null ? `TCP ${String(port)}` : proto.toUpperCase();

export const scopeStrings = {
  title: (from: string, to: string): string => `Which is it? ${from} → ${to}`,
  asking: 'Tracing between the two, others of their nodes, the nodes, and a third node…',
  sending: 'Sending a packet or two of each kind, and watching the counters…',
  healthy: 'nothing fails',
  troubled: 'something fails',
  unknown: 'not known',
  unknownOf: (unknown: number, all: number): string =>
    `Of ${String(unknown)} of ${String(all)} cells it is not known.`,
  matrix: 'Who reaches whom, by which kind of packet',
  who: 'Between',
  parties: {
    asked: 'asked about',
    neighbour: 'another Pod of that node',
    node: 'the node itself',
    elsewhere: 'a third node',
  } satisfies Record<ScopeParty, string>,
  directions: { forth: 'there →', back: '← back' },
  kind: (proto: ScopeCell['proto'], port: number | null, bytes: number): string =>
    `${kind(proto, port)}, ${bytes.toLocaleString('en')} bytes`,
  column: (proto: ScopeCell['proto'], port: number | null, size: ScopeCell['size']): string =>
    size === 'large' ? `large ${kind(proto, port)}` : kind(proto, proto === 'udp' ? null : port),
  results: { passes: 'passes', fails: 'fails', unknown: 'not known' },
  differs: 'not what the trace says',
  differsSign: '≠: not what the trace says.',
  trace: 'The trace:',
  choose: 'Choose a cell to read what it rests on. Those that are asked about stand out.',
  lacks: 'What is not compared, or cannot be sent',
  rose: 'Drops that were counted meanwhile',
  tryIt: 'Try it with packets…',
  tryTitle: 'What would be run is shown first',
  send: 'Send them',
  back: 'Back',
  cancel: 'Cancel',
  close: 'Close',
  modelNote: 'This is what the model says; nothing was sent.',
} as const;
