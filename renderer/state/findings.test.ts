import { describe, expect, it } from 'vitest';
import { calmDiagnosis, troubledDiagnosis } from '../dev/fake-diagnosis.ts';
import { buildTopology } from '../dev/fixture.ts';
import { classic } from '../dev/plans.ts';
import {
  findingsById,
  goneAfter,
  momentNow,
  subjectOf,
  takeDiagnosis,
  timeOfDay,
  useFindings,
} from './findings.ts';

const topology = buildTopology(classic, 'lab');
const nowhere = { node: null, interface: null, pod: null };

describe('what a finding is about', () => {
  it('is its interface, else its Pod, else its node', () => {
    const where = { node: 'k8s-worker-2', pod: 'shop/web-5d9f', interface: 'cali09be63c1fa2' };
    const link = subjectOf(topology, where);
    expect(link?.kind).toBe('interface');
    expect(topology.interfaces[link?.id ?? '']?.name).toBe('cali09be63c1fa2');
    expect(subjectOf(topology, { ...where, interface: null })).toEqual({
      kind: 'pod',
      id: 'pod:k8s-worker-2-web-5d9f',
    });
    expect(subjectOf(topology, { ...nowhere, node: 'k8s-master' })).toEqual({
      kind: 'node',
      id: 'node:k8s-master',
    });
  });

  it('is the Pod’s own end where the interface is inside it', () => {
    const inner = subjectOf(topology, { node: null, pod: 'shop/web-5d9f', interface: 'eth0' });
    expect(inner?.id).toBe(topology.pods['pod:k8s-worker-2-web-5d9f']?.podInterfaceId);
  });

  it('is nothing of the picture where it is the whole cluster, or is gone', () => {
    expect(subjectOf(topology, nowhere)).toBeNull();
    expect(subjectOf(topology, { ...nowhere, node: 'gone' })).toBeNull();
  });
});

describe('findings beside the things that they are about', () => {
  it('stand at the interface, at its Pod and at its node, once each', () => {
    const found = findingsById(topology)(troubledDiagnosis);
    const ids = (id: string | null | undefined): string[] =>
      (found.get(id ?? '') ?? []).map((each) => each.id);
    const pod = topology.pods['pod:k8s-worker-2-web-5d9f'];
    expect(ids(pod?.hostInterfaceId)).toEqual(['pod-route-missing']);
    expect(ids(pod?.id)).toEqual(['pod-route-missing']);
    expect(ids('node:k8s-worker-2')).toEqual(['pod-route-missing']);
    expect(ids('node:k8s-worker-1')).toEqual(['ip-forward-off']);
    expect(ids('node:k8s-master')).toEqual([]);
  });

  it('are none where nothing is wrong', () => {
    expect(findingsById(topology)(calmDiagnosis).size).toBe(0);
  });
});

describe('what was wrong before', () => {
  it('is not gone where only nobody asks for it any more', () => {
    const asked = { from: 'a', to: 'b', proto: 'tcp', port: 80, size: null } as const;
    takeDiagnosis(troubledDiagnosis, JSON.stringify({ asked }));
    takeDiagnosis(calmDiagnosis, '{}');
    expect(useFindings.getState().gone).toEqual([]);
    takeDiagnosis(troubledDiagnosis, '{}');
    takeDiagnosis(calmDiagnosis, '{}');
    expect(useFindings.getState().gone).not.toEqual([]);
  });

  it('is not told by an answer that was asked for earlier and came later', () => {
    const earlier = momentNow();
    takeDiagnosis(troubledDiagnosis, '{}');
    takeDiagnosis(calmDiagnosis, '{}', earlier);
    expect(useFindings.getState().diagnosis).toBe(troubledDiagnosis);
  });

  const [first, second] = troubledDiagnosis.findings;
  const now = { ...troubledDiagnosis, findings: troubledDiagnosis.findings.slice(1), awaits: [] };

  it('is told once it is gone, and no more when it comes back', () => {
    const gone = goneAfter({ diagnosis: troubledDiagnosis, gone: [] }, now, 7);
    expect(gone).toEqual([{ finding: first, at: 7 }]);
    const all = goneAfter({ diagnosis: now, gone }, calmDiagnosis, 9);
    expect(all.map(({ finding, at }) => [finding.id, at])).toEqual([
      [second?.id, 9],
      [first?.id, 7],
    ]);
    expect(goneAfter({ diagnosis: calmDiagnosis, gone: all }, troubledDiagnosis, 11)).toEqual([]);
  });

  it('is not gone where not all findings are told', () => {
    expect(goneAfter({ diagnosis: troubledDiagnosis, gone: [] }, { ...now, left: 3 }, 7)).toEqual([]);
  });

  it('is not gone while something is awaited', () => {
    const awaiting = { ...now, awaits: ['k8s-worker-2'] };
    expect(goneAfter({ diagnosis: troubledDiagnosis, gone: [] }, awaiting, 7)).toEqual([]);
  });
});

it('a time of day is the last one that has passed, in UTC', () => {
  const now = Date.UTC(2026, 10, 26, 14, 30);
  expect(timeOfDay('14:05', now)).toBe(Date.UTC(2026, 10, 26, 14, 5) / 1000);
  expect(timeOfDay(' 1430 ', now)).toBe(now / 1000);
  expect(timeOfDay('14:31', now)).toBe(Date.UTC(2026, 10, 25, 14, 31) / 1000);
  expect(timeOfDay('9:07', now)).toBe(Date.UTC(2026, 10, 26, 9, 7) / 1000);
  for (const text of ['', '24:00', '12:60', '12', 'noon', '12:3']) expect(timeOfDay(text, now)).toBeNull();
});
