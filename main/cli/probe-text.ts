// A probe for a person at a terminal: what would be run where; then the verdict, what each packet became, what rose, the rules met.
import { plainText } from '../../app/plain-text.ts';
import type {
  ActivePlan,
  NodeRules,
  PlannedCommand,
  ProbeOutcome,
  RisenCounter,
} from '../../app/trace/probe-model.ts';
import { textTable } from './text-table.ts';

/** Of counters that rose without having to do with a loss. */
const MOST_SHOWN = 20;

export function planText({ sentence, commands, lacks }: ActivePlan): string {
  const changing = new Map<string, { readonly of: PlannedCommand; times: number }>();
  for (const command of commands) {
    if (command.changes === null) continue;
    const key = `${command.node} ${command.command}`;
    const same = changing.get(key);
    if (same === undefined) changing.set(key, { of: command, times: 1 });
    else same.times += 1;
  }
  const reading = commands.filter(({ changes }) => changes === null);
  const lines = [
    sentence,
    '',
    ...[...changing.values()].flatMap(({ of: { node, rights, command, changes }, times }) => [
      `${node}, as ${rights === 'root' ? 'root' : 'the login'}${times === 1 ? '' : `, ${String(times)} times`}: ${changes ?? ''}`,
      `  $ ${command}`,
    ]),
    ...(reading.length === 0
      ? []
      : [
          `${reading.map(({ node }) => node).join(', ')}: read before and after`,
          `  $ ${reading[0]?.command ?? ''}`,
        ]),
    'Each is run by the tool that the node has for it: ping, perl, python3, bash, nc or curl.',
    ...lacks,
  ];
  return `${lines.map(plainText).join('\n')}\n`;
}

export function probeText(from: string, to: string, outcome: ProbeOutcome): string {
  const { sentence, verdict, predicted, agrees, shots, pathMtu, rose, rules, filter, ms } = outcome;
  const lines = [
    `${from} → ${to}`,
    '',
    `${VERDICTS[verdict]}. ${sentence}`,
    predictedLine(predicted, agrees),
    ...(pathMtu === null ? [] : [`Sizes: ${pathMtu.sentence}`]),
    '',
    ...table(
      shots.map(({ kind, size, sent, answered, end, rttMs, tool, sentence: told }) => [
        kind,
        kind === 'connect' ? '' : `${String(size)} B`,
        `${String(answered)}/${String(sent)}`,
        end,
        rttMs === null ? '' : `${rttMs.toFixed(2)} ms`,
        tool ?? '',
        told,
      ]),
      '  ',
    ),
    ...riseLines(verdict === 'arrives' ? rose.filter(({ drops }) => drops) : rose),
    ...(rules ?? []).flatMap(rulesLines),
    '',
    ...(filter === null ? [] : [`A capture knows these packets by: ${filter}`]),
    `It took ${(ms / 1000).toFixed(1)} s; nothing of it is left.`,
  ];
  return `${lines.map(plainText).join('\n')}\n`;
}

const VERDICTS: Readonly<Record<ProbeOutcome['verdict'], string>> = {
  arrives: 'arrives',
  partly: 'SOME ARE LOST',
  refused: 'REFUSED',
  lost: 'LOST',
  unknown: 'NOT KNOWN',
};

function table(rows: readonly (readonly string[])[], indent: string): string[] {
  return textTable(rows, indent).split('\n').slice(0, -1);
}

function predictedLine(predicted: ProbeOutcome['predicted'], agrees: boolean | null): string {
  const said = `Our trace says: ${predicted === 'unknown' ? 'not known' : predicted}`;
  return agrees === null ? `${said}.` : agrees ? `${said}; it agrees.` : `${said}. IT DOES NOT AGREE.`;
}

function riseLines(rose: readonly RisenCounter[]): string[] {
  if (rose.length === 0) return [];
  const shown = [...rose.filter(({ drops }) => drops), ...rose.filter(({ drops }) => !drops)].slice(
    0,
    MOST_SHOWN,
  );
  return [
    '',
    'rose meanwhile',
    ...table(
      shown.map(({ node, name, rose: by, text, drops }) => [
        `${drops ? '✗' : ' '} +${String(by)}`,
        node,
        name,
        text,
      ]),
      '  ',
    ),
    ...(rose.length > shown.length
      ? [`  and ${String(rose.length - shown.length)} more (--json tells them)`]
      : []),
  ];
}

function rulesLines({ node, sentence, met, agrees, difference }: NodeRules): string[] {
  return [
    '',
    `rules on ${node}: ${sentence}${agrees === true ? ' Our trace met the same.' : ''}`,
    ...(difference === null ? [] : [`  It parts from our trace: ${difference}`]),
    ...met.map(
      ({ table, chain, number, text, verdict }) =>
        `  ${table} ${chain}${number === null || number === 0 ? '' : ` ${String(number)}`}: ${text}  – ${verdict}`,
    ),
  ];
}
