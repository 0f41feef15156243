// What was not pasted, and the one output that would decide most: per node and Pod, with the command to type.
import type { EndpointSliceFact, PodFact } from '../probe/kube-facts.ts';
import { MAYBE_THROW } from '../probe/net-tools.ts';
import { shellWord } from '../probe/shell-word.ts';
import { wholeRoutes } from '../probe/whole-routes.ts';
import type { NodeSnapshot } from '../probe/snapshot.ts';
import { calicoInterfaceName } from '../topology/calico-name.ts';
import type { MissingOutput } from './report.ts';

export interface KnownOfPaste {
  /** By label, the latest of each. As pasted: nothing derived. */
  readonly nodes: ReadonlyMap<string, NodeSnapshot>;
  readonly pods: readonly PodFact[];
  /** Kubernetes' names of nodes. */
  readonly nodeNames: readonly string[];
  readonly hasInventory: boolean;
  /** `namespace/name` of Pods whose inside was pasted. */
  readonly inside: ReadonlySet<string>;
  readonly slices: readonly EndpointSliceFact[];
}

interface Weighed extends MissingOutput {
  /** How much it would decide: Pods that hang on it count. */
  readonly weight: number;
}

/** What would decide most comes first. */
export function missingOutputs(known: KnownOfPaste): MissingOutput[] {
  const labels = [...new Set([...known.nodes.keys(), ...known.nodeNames])];
  const weighed: Weighed[] = [
    ...(known.hasInventory || labels.length === 0 ? [] : [inventoryMissing()]),
    ...labels.flatMap((label) => ofNode(label, known) ?? []),
    ...known.pods.flatMap((pod) => ofPod(pod, known) ?? []),
    ...endpointsMissing(known.slices),
  ];
  return weighed
    .sort((a, b) => b.weight - a.weight)
    .map(({ about, sentence, command }) => ({ about, sentence, command }));
}

function inventoryMissing(): Weighed {
  return {
    weight: 1000,
    about: { kind: 'cluster', name: 'the cluster' },
    sentence:
      'No list of Pods was pasted: Pods have no names, and which node runs them is known from routes alone.',
    command: 'kubectl get pods -A -o wide',
  };
}

/** kubectl's tables name three endpoints and say how many more there are. */
function endpointsMissing(slices: readonly EndpointSliceFact[]): Weighed[] {
  const cut = slices.filter(({ fromTable }) => (fromTable?.more ?? 0) > 0);
  if (cut.length === 0) return [];
  const told = cut
    .slice(0, 5)
    .map(({ namespace, name, fromTable }) => `${fromTable?.more ?? 0} of ${namespace}/${name}`);
  const more = cut.length > told.length ? `, and others of ${cut.length - told.length} more` : '';
  return [
    {
      weight: 12,
      about: { kind: 'cluster', name: 'the cluster' },
      sentence: `The table leaves endpoints out (“+ N more...”): ${told.join(', ')}${more} are not known.`,
      command: 'kubectl get endpointslices -A -o yaml',
    },
  ];
}

/** As the sentence names them, which says what was not pasted. */
function filterCommands(sentence: string | null): string {
  const named = [...(sentence ?? '').matchAll(/“([^”]{1,80})” prints\./g)].flatMap(([, one]) => one ?? []);
  return named.length === 0 ? 'iptables-save -c' : [...new Set(named)].join('; ');
}

function ofNode(label: string, { nodes, pods }: KnownOfPaste): Weighed | null {
  const snapshot = nodes.get(label);
  const here = pods.filter(({ nodeName, hostNetwork }) => nodeName === label && !hostNetwork);
  const about = { kind: 'node', name: label } as const;
  if (snapshot === undefined)
    return {
      weight: 300 + here.length,
      about,
      sentence: `Nothing of ${label} was pasted: its addresses, devices and routes are unknown${runs(here)}.`,
      command: 'ip -d addr; ip route show table all; ip rule; ip neigh',
    };
  const commands: string[] = [];
  const lost: string[] = [];
  let weight = 0;
  const lacks = (what: string, command: string, worth: number): void => {
    lost.push(what);
    commands.push(command);
    weight += worth;
  };
  if (snapshot.links === null)
    lacks(
      `its devices, their numbers, MTUs and state, and its own addresses${provenNames(here, snapshot)}`,
      'ip -d addr',
      150 + here.length,
    );
  else if (snapshot.addresses === null) lacks('its own addresses', 'ip addr', 100);
  const routes = snapshot.routes4?.value ?? snapshot.routes6?.value ?? null;
  if (routes === null) lacks('which way its packets go', 'ip route show table all', 200 + here.length);
  else if (
    [snapshot.routes4, snapshot.routes6].some(
      (part) => (part?.value ?? null) !== null && wholeRoutes(part) === null,
    )
  )
    lacks(
      'whether it has other routes than those, which seem to be a part',
      'ip route show table all',
      120 + here.length,
    );
  else if (routes.some(({ flags }) => flags.includes(MAYBE_THROW)))
    lacks(
      'whether * in route -n is a blackhole or a throw, and who installed each route',
      'ip route show table all',
      20,
    );
  if (snapshot.firewall?.value?.rulesMissing === 'some')
    lacks('what rules its packet filters have beside those', filterCommands(snapshot.firewall.sentence), 15);
  if (snapshot.rules4 === null) lacks('whether rules send packets to other tables', 'ip rule', 10);
  if (snapshot.neighbours === null) lacks('whether its next hops answer', 'ip neigh', 8);
  if (lost.length === 0) return null;
  return {
    weight,
    about,
    sentence: `Of ${label} is unknown: ${lost.join('; ')}.`,
    command: commands.join('; '),
  };
}

function runs(pods: readonly PodFact[]): string {
  const [first] = pods;
  if (first === undefined) return '';
  return pods.length === 1
    ? `, although ${first.name} runs there`
    : `, although ${pods.length} Pods run there`;
}

/** The name of a Pod's host end needs no `ip addr` where the routes show it. */
function provenNames(pods: readonly PodFact[], { routes4, routes6 }: NodeSnapshot): string {
  const devices = new Set([...(routes4?.value ?? []), ...(routes6?.value ?? [])].map(({ dev }) => dev));
  const proven = pods
    .map(({ namespace, name }) => ({ name, device: calicoInterfaceName(namespace, name) }))
    .filter(({ device }) => devices.has(device));
  const [first] = proven;
  if (first === undefined) return '';
  const more = proven.length > 1 ? `, and ${proven.length - 1} more` : '';
  return ` (that ${first.device} is ${first.name}’s is proven by Calico’s hash all the same${more})`;
}

function ofPod(
  { namespace, name, hostNetwork, phase, nodeName }: PodFact,
  { inside }: KnownOfPaste,
): Weighed | null {
  if (hostNetwork || phase !== 'Running' || nodeName === null || inside.has(`${namespace}/${name}`))
    return null;
  return {
    weight: 1,
    about: { kind: 'pod', name: `${namespace}/${name}` },
    sentence: `The inside of ${namespace}/${name} was not pasted: its own addresses, MTU and default route are unknown.`,
    command: `kubectl exec -n ${shellWord(namespace)} ${podWord(name)} -- sh -c 'ip addr; ip route'`,
  };
}

/** To be copied into a shell: a pasted list of Pods may call one anything, also an option. */
function podWord(name: string): string {
  return shellWord(name.startsWith('-') ? `pod/${name}` : name);
}
