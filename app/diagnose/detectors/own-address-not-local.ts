// A node that does not take packets for its own addresses: the kernel knows them for its own by table local alone (fib_lookup, ip-rule(8)), and
// no policy rule leads there before others decide, or the table does not have the address. Nor does it answer ARP for them.
import type { PolicyRule } from '../../probe/facts.ts';
import { devicesOf } from '../../route/devices.ts';
import { tableName } from '../../route/rule-match.ts';
import { routeText } from '../../route/route-text.ts';
import type { FibAnswer } from '../../route/fib.ts';
import type { InterfaceEntity } from '../../topology/model.ts';
import { onEachNode, proof, type Cluster, type DiagnosedNode } from '../cluster.ts';
import { decision, hasAllRoutes } from '../destinations.ts';
import type { Detector, Draft } from '../detector.ts';
import { isForeignRule } from '../paths/foreign-rule.ts';
import { draft } from '../draft.ts';
import { addressOf, bgpOf, routesOf, wholeNode } from '../subject.ts';

interface Untaken {
  readonly address: string;
  readonly device: string;
  readonly answer: FibAnswer;
  /** Table local has it, and so it is the rules. */
  readonly inLocal: boolean;
}

export const ownAddressNotLocal: Detector = {
  id: 'own-address-not-local',
  concludes: 'a node’s rules or its table local do not take packets for its own addresses in',
  explainedBy: [],
  detect: (cluster) =>
    onEachNode(
      cluster,
      'policy rules',
      ({ snapshot }) => snapshot.rules4,
      (node) => [
        ...untakenDraft(cluster, node, 4, node.snapshot.rules4?.value ?? []),
        ...untakenDraft(cluster, node, 6, node.snapshot.rules6?.value ?? []),
      ],
    ),
};

function untakenDraft(
  cluster: Cluster,
  node: DiagnosedNode,
  family: 4 | 6,
  rules: readonly PolicyRule[],
): Draft[] {
  const untaken = [...node.devices.values()].flatMap((device) => untakenOf(cluster, node, family, device));
  const [first] = untaken;
  if (first === undefined || rules.some(({ unread }) => unread.length > 0)) return [];
  const { label, snapshot } = node;
  const { address, answer, inLocal } = first;
  const leading = rules.find(({ table, action }) => action === 'lookup' && tableName(table) === 'local');
  const ip = family === 4 ? 'ip' : 'ip -6';
  const instead =
    answer.kind === 'none'
      ? 'no route'
      : answer.route === null
        ? `the rule “${answer.rule.priority}: ${answer.rule.text}”`
        : `the route ${routeText(answer.route)}`;
  const before = answer.kind === 'none' ? null : `“${answer.rule.priority}: ${answer.rule.text}”`;
  const which = `${address}${untaken.length === 1 ? '' : ` and ${untaken.length - 1} more`}`;
  const why = !inLocal
    ? `Table local has no route to ${which}`
    : leading === undefined
      ? `No policy rule leads to table local`
      : `The rule ${before ?? ''} comes before the one that leads to table local`;
  return [
    draft({
      node: label,
      device: inLocal ? null : first.device,
      title: `${why} on ${label}: it takes nothing for ${inLocal ? 'its own addresses' : 'it'}`,
      because: `${which} ${untaken.length === 1 ? 'is an address' : 'are addresses'} of ${label}, and a packet for ${address} meets ${instead} there instead of “local ${address}”. What is for the node itself – BGP, kubelet, tunnels, ping – is passed on or refused, and nobody who asks for its MAC address is answered.`,
      proofs: [
        ...proof(family === 4 ? snapshot.rules4 : snapshot.rules6, 'lookup'),
        ...proof(snapshot.addresses, address),
        ...(inLocal ? [] : proof(family === 4 ? snapshot.routes4 : snapshot.routes6, `local ${address}`)),
      ],
      mend: inLocal
        ? [
            'Have table local asked before all others, as the kernel begins with; then see who changed the rules (a VPN, a script for VRFs).',
            `${ip} rule show; ${ip} route get ${address}   # on ${label}: it has to say “local”`,
            `${ip} rule add priority 0 lookup local`,
            ...(leading === undefined ? [] : [`${ip} rule del priority ${leading.priority} lookup local`]),
          ]
        : [
            'Put the address on its interface anew, and the kernel writes its route; or write it by hand.',
            `${ip} route show table local; ${ip} route get ${address}   # on ${label}`,
            `${ip} route add local ${address} dev ${first.device} table local proto kernel scope host src ${address}`,
          ],
      breaks: [
        ...(inLocal || untaken.some((one) => one.address === node.entity.addresses[0])
          ? [wholeNode(label), bgpOf(label), routesOf(label)]
          : []),
        ...untaken.map((one) => addressOf(one.address)),
      ],
    }),
  ];
}

function untakenOf(
  { nodes }: Cluster,
  node: DiagnosedNode,
  family: 4 | 6,
  { name, role, addresses, adminUp }: InterfaceEntity,
): Untaken[] {
  const read = family === 4 ? node.snapshot.routes4 : node.snapshot.routes6;
  const local = node.routes.filter((route) => tableName(route.table) === 'local' && route.family === family);
  // Of a VRF's devices the VRF's own table has them; of one that is down nobody's. A table that was not read says nothing.
  if (!(role === 'nic' || role === 'tunnel') || adminUp === false || local.length === 0) return [];
  if (!hasAllRoutes(node, family)) return [];
  if (devicesOf(node.snapshot.links?.value ?? []).vrfOf(name) !== null) return [];
  const addressesAt = node.snapshot.addresses?.at ?? null;
  const asker = nodes
    .find((other) => other !== node)
    ?.entity.addresses.find((one) => one.includes(':') === (family === 6));
  return addresses.flatMap((own): Untaken[] => {
    const { address, scope } = own;
    if (own.family !== family || scope !== 'global') return [];
    const inLocal = local.some(({ dst, type }) => type === 'local' && dst.split('/')[0] === address);
    // An IPv6 address gets its route once it is known to be nobody else's; one that came after the routes were read, too.
    const late = addressesAt === null || (read?.at ?? null) === null || (read?.at?.s ?? 0) < addressesAt.s;
    if (!inLocal && (family === 6 || late)) return [];
    const answers = [name, null].flatMap(
      (iif) => decision(node, { from: asker ?? '', to: address, iif }) ?? [],
    );
    const wrong = answers.find((answer) => answer.kind !== 'route' || answer.route.type !== 'local');
    // What somebody's own rule sends away policy-routing-diverts tells, by that rule.
    const foreign =
      wrong !== undefined &&
      wrong.kind !== 'none' &&
      isForeignRule(`${wrong.rule.priority}: ${wrong.rule.text}`);
    return wrong === undefined || foreign ? [] : [{ address, device: name, answer: wrong, inLocal }];
  });
}
