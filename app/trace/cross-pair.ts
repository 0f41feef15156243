// The two ends of a cable within one node: veth (drivers/net/veth.c) and netkit (drivers/net/netkit.c).
import type { InterfaceEntity } from '../topology/model.ts';
import {
  evidenceOf,
  stopped,
  unmarked,
  unknown,
  withStep,
  type Crossing,
  type CrossContext,
  type Frame,
} from './crossing.ts';
import { detailOf } from './devices-of.ts';
import { enterUnreadPod } from './enter.ts';
import { namespaceOf, type KnownNamespace } from './namespaces.ts';
import { stepOf } from './step.ts';
import { commandIn } from './walk.ts';

export function isPair({ kind, peer }: InterfaceEntity): boolean {
  // Of a pasted route only the name may be known: then what is behind it is known by it.
  return kind === 'veth' || kind === 'netkit' || (kind === 'other' && peer !== null);
}

/** The other end is known, be it only by the Pod that it belongs to. */
export function leadsSomewhere({ peer }: InterfaceEntity): boolean {
  return (peer?.interfaceId ?? peer?.podId ?? null) !== null;
}

export function crossPair(
  context: CrossContext,
  at: KnownNamespace,
  device: InterfaceEntity,
  frame: Frame,
): Crossing[] {
  const { known } = context;
  const { peer } = device;
  const other = known.topology.interfaces[peer?.interfaceId ?? ''];
  if (other !== undefined && other.until !== null)
    return [
      stopped(frame, at, device, 'peer-gone', {
        stage: 'wire',
        sentence: `The other end of ${device.name}, ${other.name}, was deleted.`,
        evidence: evidenceOf(at, 'links'),
      }),
    ];
  if (device.kind === 'netkit' && detailOf(at, device.name, 'policy') === 'blackhole')
    return [
      stopped(frame, at, device, 'filter-drop', {
        stage: 'wire',
        sentence: `${device.name} is a netkit device whose policy is blackhole: without a program that lets it pass, it takes everything away.`,
        evidence: evidenceOf(at, 'links'),
      }),
    ];
  const beyond = other === undefined ? null : namespaceOf(known, other.netnsId);
  if (other !== undefined && beyond !== null) {
    const proof = peer?.proofs[0] ?? null;
    const crossed = withStep(
      frame,
      stepOf({
        stage: 'wire',
        device: device.name,
        sentence: `The other end of ${device.name} is ${other.name} of ${beyond.name}${proof === null ? '' : ` (${PROOFS[proof]})`}.`,
        evidence: evidenceOf(at, 'links'),
        command: commandIn(at, 'ip', '-d', 'link', 'show', 'dev', device.name),
      }),
    );
    const far = beyond.devices.get(other.name) ?? other;
    return context.enter(beyond, far, beyond.netnsId === at.netnsId ? crossed : unmarked(crossed));
  }
  const pod = known.topology.pods[peer?.podId ?? ''];
  if (pod !== undefined && pod.until === null) {
    const crossed = withStep(
      frame,
      stepOf({
        stage: 'wire',
        device: device.name,
        sentence: `Behind ${device.name} is ${pod.name}.`,
        presumed: [
          `The inside of ${pod.name} was not read: that its interface takes what comes is presumed.`,
        ],
        evidence: evidenceOf(at, 'links'),
      }),
    );
    return enterUnreadPod(context, pod.id, device, unmarked(crossed));
  }
  return [unknown(frame, peer?.why ?? `What is behind ${device.name} of ${at.name} is not known.`)];
}

const PROOFS = {
  'link-netnsid': 'the kernel names namespace and number',
  'mutual-ifindex': 'each names the other’s number',
  'calico-name-hash': 'Calico’s name for it says so',
  'bridge-fdb': 'the bridge has its MAC behind this port',
  'host-route': 'the node’s route to the Pod leaves by it',
} as const;
