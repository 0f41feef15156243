import { describe, expect, it } from 'vitest';
import type { ShotReport, Shot } from '../probe/active-shots.ts';
import { arrivedOf, endOf, outcomeSentence, pathMtuOf, shotTold, verdictOf } from './probe-outcome.ts';
import type { RisenCounter } from './probe-model.ts';
import type { Traced } from './probe-plan.ts';
import type { TraceHop } from './model.ts';

const shot: Shot = {
  kind: 'echo',
  inside: null,
  destination: '192.168.2.3',
  port: null,
  sourcePort: null,
  size: 84,
  whole: false,
  count: 3,
};
const silent: ShotReport = {
  sent: 3,
  answered: 0,
  rttMs: null,
  error: null,
  told: null,
  tool: 'ping',
  output: '',
};
const told = (report: Partial<ShotReport>, of: Partial<Shot> = {}) =>
  shotTold('a', { shot: { ...shot, ...of }, report: { ...silent, ...report } });

const hop = (node: string) => ({ node, isPod: false, steps: [{ rules: [{}] }] }) as unknown as TraceHop;
const traced = {
  paths: [{ hops: [hop('a'), hop('b')] }],
  reverse: { hops: [hop('b'), hop('a')] },
} as unknown as Traced;
const rise = (rose: Partial<RisenCounter>): RisenCounter => ({
  node: 'b',
  kind: 'rule',
  name: 'filter FORWARD rule 3',
  text: '-j DROP',
  rose: 3,
  onWay: true,
  drops: true,
  ...rose,
});
const sentence = (
  rose: readonly RisenCounter[],
  arrived: number | null,
  report: Partial<ShotReport> = {},
  compared: readonly string[] = ['a', 'b'],
) => {
  const shots = [told(report)];
  const verdict = verdictOf(shots, arrived);
  return outcomeSentence({ shots, verdict, arrived, rose, compared: new Set(compared), traced });
};

describe('where a probe was lost', () => {
  it('is the rule or the reason that rose by as many, rather than one that rose by more', () => {
    expect(sentence([rise({ rose: 40, name: 'raw X rule 1' }), rise({})], 0)).toBe(
      'Sent 3, none answered: filter FORWARD rule 3 on b rose by 3 (-j DROP).',
    );
    expect(sentence([rise({ rose: 40 })], null)).toMatch(/rose by 40 .*, ours perhaps among them\.$/);
    // One that took fewer than were lost is not what took them.
    expect(sentence([rise({ rose: 1 })], null)).toMatch(/no counter that is read says where/);
    expect(sentence([rise({ rose: 2 })], null, { answered: 1 })).toBe(
      'Sent 3, 1 answered: filter FORWARD rule 3 on b rose by 2 (-j DROP).',
    );
  });

  it('else who told of it, else between the last that counted it and the first that did not', () => {
    const by = { by: '10.0.0.1', what: 'host unreachable', mtu: null };
    expect(sentence([], 0, { told: by })).toBe('Sent 3, none answered: 10.0.0.1 says “host unreachable”.');
    const passed = rise({ node: 'a', drops: false, name: 'filter FORWARD rule 1' });
    expect(sentence([passed], 0)).toBe(
      'Sent 3, none answered: none arrived: filter FORWARD rule 1 on a still counted them, lost between it and the rules of b, of which none rose.',
    );
    // Whose rules were not read is not said to have counted none.
    expect(sentence([passed], 0, {}, ['a'])).toBe(
      'Sent 3, none answered: none arrived: filter FORWARD rule 1 on a still counted them, lost behind it.',
    );
    // One was answered: of the two that were lost only one arrived.
    expect(sentence([], 2, { answered: 1 })).toMatch(/no counter that is read says where/);
    expect(sentence([], 3)).toBe(
      'Sent 3, none answered: all of them arrived, as the destination’s network counted; it is the answers that are lost.',
    );
  });

  it('is nowhere where nothing could be sent, whatever else rose', () => {
    expect(sentence([rise({})], null, { sent: 0, error: 'ENETUNREACH' })).toMatch(/network unreachable/);
    expect(sentence([rise({})], null, { sent: 0, error: 'EPERM' })).toMatch(
      /^Nothing could be sent \(EPERM\)/,
    );
  });

  it('is no rule where packets are refused, unless one that rejects rose meanwhile', () => {
    const refused = { error: 'ECONNREFUSED' };
    const reject = { text: '-p tcp -j REJECT --reject-with tcp-reset', name: 'filter INPUT rule 1' };
    expect(sentence([rise({}), rise({ ...reject, rose: 2 })], null, refused)).toMatch(
      /^Port 0 was told to be unreachable: nobody listens, or a rule rejects it\.$/,
    );
    expect(sentence([rise({}), rise({ ...reject, rose: 9 }), rise(reject)], null, refused)).toBe(
      'Refused by a rule: filter INPUT rule 1 on b rose by 3 (-p tcp -j REJECT --reject-with tcp-reset).',
    );
    expect(sentence([rise({ ...reject, rose: 9 })], null, refused)).toMatch(
      /or a rule rejects it\. filter INPUT rule 1 on b rose by 9 .*, ours perhaps among them\.$/,
    );
  });

  it('is not told by a network that counted more than was sent: somebody else’s are among them', () => {
    expect([arrivedOf(3, 0), arrivedOf(3, 2), arrivedOf(3, 3), arrivedOf(3, 4), arrivedOf(3, -1)]).toEqual([
      0,
      2,
      3,
      null,
      0,
    ]);
    const datagram = [told({ sent: 3 }, { kind: 'datagram', port: 53 })];
    expect(verdictOf(datagram, arrivedOf(3, 40))).toBe('unknown');
  });

  it('is not known of a datagram that nobody answers, unless its arrival was counted', () => {
    const datagram = [told({ sent: 3 }, { kind: 'datagram', port: 53 })];
    expect([verdictOf(datagram, null), verdictOf(datagram, 3), verdictOf(datagram, 0)]).toEqual([
      'unknown',
      'arrives',
      'lost',
    ]);
  });

  it.each([
    [{ tool: null }, 'impossible'],
    [{ answered: 2 }, 'answered'],
    [{ error: 'ECONNREFUSED' }, 'refused'],
    [{ error: 'EMSGSIZE', sent: 0 }, 'too-big'],
    [{ error: 'EPERM', sent: 0 }, 'not-sent'],
    [{ error: 'EHOSTUNREACH' }, 'unreachable'],
    [{}, 'silent'],
  ] as const)('ends as the tool says: %j', (report, end) => {
    expect(endOf(shot, { ...silent, ...report })).toBe(end);
  });

  it('by sizes: the largest that passed, the smallest that did not, what a device names', () => {
    const sized = (size: number, report: Partial<ShotReport>) => told(report, { size });
    const tooBig = { told: { by: '10.0.0.1', what: 'too big', mtu: 1300 } };
    expect(
      pathMtuOf([sized(1440, tooBig), sized(1400, {}), sized(1280, { answered: 2 })], 1440),
    ).toMatchObject({ passes: 1280, fails: 1400, told: 1300, predicted: 1440 });
    expect(pathMtuOf([sized(1440, {}), sized(576, {})], null)?.sentence).toMatch(/not about sizes/);
    expect(pathMtuOf([sized(1440, {}), sized(576, { answered: 2 })], null)?.sentence).toMatch(/vanishes/);
  });
});
