// `-m conntrack` beyond its states (net/netfilter/xt_conntrack.c).
import type { XtOption } from '../probe/rule-spec.ts';
import { ipProtocolOf } from '../probe/rule-words.ts';
import type { Tuple } from './filter-packet.ts';
import { negate, Unknown } from './filter-value.ts';
import { recordOf, replyTuple, type PacketView } from './packet-view.ts';
import { test, unknownTest, type Step } from './rule-program.ts';
import { addressTestOf, every, portRange, type Test } from './xt-test.ts';

export function conntrackStep(options: readonly XtOption[], text: string): Step {
  const tests = options.map(optionTest);
  const known = tests.filter((asked) => asked !== null);
  if (known.length < tests.length || known.length === 0) return unknownTest(`“${text}” cannot be known`);
  return test((view) => recordOf(view) !== null && every(known, view));
}

const PARTS = {
  '--ctorigsrc': ['original', 'src'],
  '--ctorigdst': ['original', 'dst'],
  '--ctreplsrc': ['reply', 'src'],
  '--ctrepldst': ['reply', 'dst'],
  '--ctorigsrcport': ['original', 'sport'],
  '--ctorigdstport': ['original', 'dport'],
  '--ctreplsrcport': ['reply', 'sport'],
  '--ctrepldstport': ['reply', 'dport'],
} as const;

function optionTest(option: XtOption): Test | null {
  const asked = plainTest(option);
  return asked === null || !option.negated ? asked : (view) => negate(asked(view));
}

function plainTest({ name, values: [text = ''] }: XtOption): Test | null {
  if (name === '--ctproto') {
    const protocol = ipProtocolOf(text);
    return protocol === null ? null : ({ packet }) => packet.protocol === protocol;
  }
  if (name === '--ctdir') {
    const direction = text.toLowerCase();
    return ({ packet }) => packet.connection.direction === direction;
  }
  if (name === '--ctstatus') return statusTest(text.split(','));
  if (!(name in PARTS)) return null;
  const [direction, part] = PARTS[name as keyof typeof PARTS];
  const tuple = (view: PacketView): Tuple | null =>
    direction === 'reply' ? replyTuple(view) : view.packet.connection.original;
  const unknown = new Unknown('what conntrack expects as an answer is not known');
  if (part === 'src' || part === 'dst') {
    const within = addressTestOf(text);
    if (within === null) return null;
    return (view) => {
      const found = tuple(view);
      return found === null ? unknown : within(found[part]);
    };
  }
  const range = portRange(text);
  if (range === null) return null;
  return (view) => {
    const found = tuple(view);
    return found === null ? unknown : found[part] >= range[0] && found[part] <= range[1];
  };
}

/** Any of them; whether a connection is assured nobody tells. */
function statusTest(states: readonly string[]): Test | null {
  const known = ['NONE', 'EXPECTED', 'SEEN_REPLY', 'ASSURED', 'CONFIRMED'];
  if (states.some((state) => !known.includes(state))) return null;
  return ({ packet }) => {
    const { state } = packet.connection;
    const isOld = state === 'established';
    if (states.includes('EXPECTED') && state === 'related') return true;
    if (isOld && (states.includes('SEEN_REPLY') || states.includes('CONFIRMED'))) return true;
    return isOld && states.includes('ASSURED')
      ? new Unknown('whether the connection is assured is not known')
      : false;
  };
}
