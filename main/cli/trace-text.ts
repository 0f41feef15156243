// A trace for a person at a terminal: the verdict, then hop by hop as one explains it by hand – Pod, veth, the node's table, the wire –
// with the chains that accepted. In full, or where it stops: each rule that it met, and the command that shows the same.
import { plainText } from '../../app/plain-text.ts';
import type {
  TraceAnswer,
  TraceFlow,
  TraceHop,
  TracePath,
  TraceRule,
  TraceStep,
} from '../../app/trace/model.ts';

type Answer = Extract<TraceAnswer, { ok: true }>;

/** Ways that are told in full. */
const MOST_TOLD = 8;

/** @param full every rule and command, not only those of the place where it stops. */
export function traceText(answer: Answer, full: boolean): string {
  const { from, to, paths, reverse, kernel, flows, missing } = answer;
  const lines = [`${from} → ${to}`];
  paths.slice(0, MOST_TOLD).forEach((path, index) => {
    const which =
      paths.length === 1
        ? ''
        : `way ${String(index + 1)} of ${String(paths.length)}, ${percent(path.share)} of connections${path.endpoint === null ? '' : `, to ${path.endpoint}`}: `;
    lines.push(...pathLines(`${which}${VERDICTS[path.verdict]}`, path, full));
  });
  if (paths.length > MOST_TOLD)
    lines.push('', `and ${String(paths.length - MOST_TOLD)} more ways (--json tells them)`);
  if (reverse !== null) lines.push(...pathLines(`the answer: ${VERDICTS[reverse.verdict]}`, reverse, full));
  lines.push(...flows.flatMap((flow) => flowLines(flow, full)));
  const told = [...paths.slice(0, MOST_TOLD), ...(reverse === null ? [] : [reverse])];
  const presumed = [
    ...new Set(
      [...told, ...flows.filter(({ differs }) => differs).map(({ path }) => path)].flatMap(({ hops }) =>
        hops.flatMap(({ steps }) => steps.flatMap((step) => step.presumed)),
      ),
    ),
  ];
  if (presumed.length > 0) lines.push('', 'presumed', ...presumed.map((sentence) => `  ${sentence}`));
  if (missing.length > 0) lines.push('', 'not known', ...missing.map((sentence) => `  ${sentence}`));
  lines.push('', ...kernelLines(kernel));
  if (!full) lines.push('With --full: each rule that it met, and the command that shows the same by hand.');
  return `${lines.map(plainText).join('\n')}\n`;
}

/** One that fares as a new one does is a line; another one is told as whole. */
function flowLines({ sentence, differs, path, reverse }: TraceFlow, full: boolean): string[] {
  const entries = path.hops.flatMap(({ place, steps }) =>
    steps.flatMap(({ quote }) => (quote === null ? [] : [`  ${place}: ${quote}`])),
  );
  if (!differs) return ['', sentence, ...(full ? entries : [])];
  return [
    '',
    sentence,
    ...entries,
    ...pathLines(`tracked: ${VERDICTS[path.verdict]}`, path, full).slice(1),
    ...(reverse === null || reverse.verdict === 'delivered'
      ? []
      : pathLines(`its answer: ${VERDICTS[reverse.verdict]}`, reverse, full).slice(1)),
  ];
}

const VERDICTS: Readonly<Record<TracePath['verdict'], string>> = {
  delivered: 'delivered',
  dropped: 'DROPPED',
  rejected: 'REJECTED',
  unknown: 'NOT KNOWN',
};

function pathLines(title: string, { hops, sentence, stopsAt, mtu }: TracePath, full: boolean): string[] {
  const where =
    stopsAt === null
      ? ''
      : `  [${[stopsAt.node, stopsAt.interface, stopsAt.reason].filter((one) => one !== null).join(' ')}]`;
  return [
    '',
    `${title}. ${sentence}${where}`,
    ...hops.flatMap((hop, index) => hopLines(hop, index, full)),
    ...(mtu === null ? [] : [`  The largest packet that passes all of the way is ${String(mtu)} bytes.`]),
  ];
}

function hopLines(
  { place, ingress, egress, steps, packet, route }: TraceHop,
  index: number,
  full: boolean,
): string[] {
  const through = [ingress, egress].map((one) => one ?? '·').join(' → ');
  return [
    `  ${String(index + 1).padStart(2)} ${place}   ${through}   ${packet}`,
    ...steps
      .filter(isTold)
      .flatMap((step) =>
        full || step.outcome !== 'passes' ? stepLines(step, route?.text ?? null) : briefLines(step),
      ),
  ];
}

/** Of filters the chains that it went through and the rule that accepted; of NAT what became of the packet, too. */
function briefLines({ sentence, rules, rewrote }: TraceStep): string[] {
  const last = rules.at(-1);
  if (last === undefined) return [`       ${sentence}`];
  const chains = [...new Set(rules.map(({ chain }) => chain))].join(', ');
  // Marks tell only those who read rules; what the rule itself did is said with it.
  const translated =
    rewrote === null || /^mark [^,]*$/.test(rewrote) || rewrote.startsWith(last.did)
      ? []
      : [`       ${rewrote}`];
  return [...translated, `       ${last.did} by ${last.table} ${ruleName(last)}; through ${chains}`];
}

function ruleName({ chain, number }: TraceRule): string {
  return number === 0 ? `${chain}’s policy` : `${chain} rule ${String(number)}`;
}

/** What only says that nothing happened is left to --json. */
function isTold({ stage, outcome, rules, rewrote, sentence }: TraceStep): boolean {
  if (outcome !== 'passes' || rewrote !== null || rules.length > 0) return true;
  return (
    !['receive', 'send', 'transmit'].includes(stage) && sentence !== '' && !/was not read\.$/.test(sentence)
  );
}

function stepLines(
  { outcome, sentence, route, rules, rewrote, quote, command }: TraceStep,
  text: string | null,
): string[] {
  const mark = outcome === 'passes' ? ' ' : outcome === 'stops' ? '✗' : '?';
  return [
    `     ${mark} ${sentence}`,
    ...(route !== null && route.text === text ? [`         route ${route.text}  (${route.owner})`] : []),
    ...(rewrote === null ? [] : [`         ${rewrote}`]),
    ...(rules.length === 0
      ? []
      : rules.map(
          ({ table, chain, number, text: rule, did }) =>
            `         ${table} ${chain}${number === 0 ? '' : ` ${String(number)}`}: ${rule}  – ${did}`,
        )),
    ...(command === null ? [] : [`         $ ${command}`]),
    ...(quote === null ? [] : [`         ${quote}`]),
  ];
}

function percent(share: number): string {
  return `${String(Math.round(share * 100))} %`;
}

function kernelLines({ asked, agrees, disagreements }: Answer['kernel']): string[] {
  if (agrees === null) return ['No kernel was asked: this is what our model says.'];
  const routes = asked === 1 ? 'the route' : `all ${String(asked)} routes`;
  return agrees
    ? [`The nodes’ kernels, asked for ${routes}, say the same.`]
    : disagreements.map((sentence) => `The kernel says otherwise: ${sentence}`);
}
