// `hopscope route`: where an address goes from each node, by which rule and route, and why every other route loses.
import { Command, Option } from 'commander';
import type { RouteExplainRequest } from '../../app/route/explanation.ts';
import { parseAddress } from '../../app/route/address.ts';
import type { Engine } from '../engine/engine.ts';
import { complain, withFacts, withSource, type Facts, type Source } from './facts.ts';
import { wholeNumber } from './option-values.ts';
import { lookInside } from './look-inside.ts';
import { routeLines, routesLines, type AnswerOfNode } from './route-text.ts';

const PROTOCOLS = ['tcp', 'udp', 'icmp', 'sctp'] as const;

interface RouteOptions extends Source {
  readonly node?: string;
  readonly from?: string;
  readonly iif?: string;
  readonly oif?: string;
  readonly mark: number;
  readonly proto?: (typeof PROTOCOLS)[number];
  readonly sport: number;
  readonly port: number;
  readonly json?: boolean;
}

export function routeCommand(): Command {
  const command = new Command('route')
    .description(
      'say where an address goes from each node, by which rule and route, and why the others lose; exit code 1 when it goes nowhere',
    )
    .argument('<ADDRESS>', 'the destination');
  return withSource(command, { paste: true })
    .option('--node <NAME>', 'from this node alone, and who is behind the route')
    .option('--from <ADDRESS|POD>', 'the source; a Pod’s name: from inside it, and then from its node')
    .option('--iif <DEVICE>', 'the device it comes in by; left out: the node sends it itself')
    .option('--oif <DEVICE>', 'the device that the sender is bound to, or its VRF')
    .option('--mark <MARK>', 'the firewall mark, decimal or 0x…', wholeNumber(0, 0xffffffff), 0)
    .addOption(new Option('--proto <NAME>', 'the protocol, for rules that ask for it').choices(PROTOCOLS))
    .option('--sport <N>', 'the source port', wholeNumber(0, 65535), 0)
    .option('--port <N>', 'the destination port', wholeNumber(0, 65535), 0)
    .option('--json', 'print the document of schema 1')
    .exitOverride()
    .action(async (address: string, options: RouteOptions) => {
      const wanted = {
        node: options.node ?? null,
        ofNodes: true,
        whole: true,
        also: ['settings', 'inside'] as const,
        interrupted: 'Interrupted before routes were read.',
      };
      process.exitCode = await withFacts(options, wanted, (facts) => route(facts, address, options));
    });
}

async function route(
  { engine, labels, unread, signal, costs }: Facts,
  address: string,
  { node, from, iif, oif, mark, proto, sport, port, json }: RouteOptions,
): Promise<number> {
  const asked = {
    destination: address,
    source: from ?? null,
    iif: iif ?? null,
    oif: oif ?? null,
    mark,
    proto: proto ?? null,
    sport,
    dport: port,
  };
  const answers: AnswerOfNode[] = [];
  const pod =
    from === undefined || parseAddress(from) !== null ? null : await lookInside(engine, from, signal);
  if (pod?.ok === false) return complain(pod.failure);
  if (pod !== null) {
    const { netnsId, name, nodeLabel, addresses, hostDevice } = pod.value;
    const family = parseAddress(address)?.family;
    const source = addresses.find((one) => parseAddress(one)?.family === family) ?? null;
    const inside = await answerOf(engine, { ...asked, source: null, iif: null, at: netnsId });
    answers.push({ ...inside, node: name });
    answers.push(await answerOf(engine, { ...asked, source, iif: hostDevice, at: nodeLabel }));
  }
  for (const at of pod !== null ? [] : node === undefined ? labels : [node]) {
    const reason = unread.find((one) => one.node === at)?.reason;
    answers.push(reason === undefined ? await answerOf(engine, { ...asked, at }) : silent(at, reason));
  }
  if (json === true)
    process.stdout.write(`${JSON.stringify({ schema: 1, asked, nodes: answers, cost: await costs() })}\n`);
  else
    process.stdout.write(
      node === undefined && pod === null ? routesLines(answers) : answers.map(routeLines).join(''),
    );
  // What is wrong with the question is wrong with it everywhere.
  const failures = answers.flatMap(({ node: at, sentence }) => (sentence === null ? [] : [{ at, sentence }]));
  for (const sentence of new Set(failures.map((one) => one.sentence)))
    complain(
      `${failures
        .filter((one) => one.sentence === sentence)
        .map(({ at }) => at)
        .join(', ')}: ${sentence}`,
    );
  if (failures.length > 0 || answers.length === 0) return 2;
  return answers.every(({ explanation }) => reaches(explanation)) ? 0 : 1;
}

async function answerOf(engine: Engine, asked: RouteExplainRequest): Promise<AnswerOfNode> {
  const { at } = asked;
  const answer = await engine.ask('route.explain', asked);
  if (!answer.ok) return silent(at, answer.failure.sentence);
  if (!answer.value.ok) return silent(at, answer.value.sentence);
  const explanation = answer.value;
  const key = explanation.route?.key;
  const behind =
    key === undefined ? null : await engine.ask('route.provenance', { at: explanation.netnsId, route: key });
  const provenance = behind?.ok === true && behind.value.ok ? behind.value : null;
  return { node: at, explanation, provenance, sentence: null };
}

function silent(node: string, sentence: string): AnswerOfNode {
  return { node, explanation: null, provenance: null, sentence };
}

function reaches(explanation: AnswerOfNode['explanation']): boolean {
  return explanation?.verdict === 'forwarded' || explanation?.verdict === 'local';
}
