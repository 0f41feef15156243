import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { built, pasted, type BuiltPaste } from './testing/built.ts';

const fixture = (name: string): string =>
  readFileSync(new URL(`./fixtures/tables/${name}.txt`, import.meta.url), 'utf8');
const one = (text: string): BuiltPaste => built([pasted(text)]);

describe('kubectl describe pod', () => {
  const text = fixture('kubectl-describe-pod');

  it('tells node, addresses, labels and status; the next one is another Pod', () => {
    const next = text
      .replaceAll('x2x8k', 'zzzzz')
      .replaceAll('192.168.1.7', '10.12.22.151')
      .replace('fd00:192:168:1::7', 'fd00:10:12::151')
      .replace('Status:           Running', 'Status:           Pending');
    const { pod, report, inventory } = one(
      `$ kubectl describe pods -n shop\n${text}\n\n${next}# ip route\ndefault via 10.12.0.1 dev eth0\n`,
    );
    expect(report.unread).toEqual([]);
    expect(report.pieces.map(({ use, home }) => [use, home.kind])).toEqual([
      ['read', 'cluster'],
      ['read', 'cluster'],
      ['read', 'node'],
    ]);
    expect(pod('web-6d4cf56db6-x2x8k')).toMatchObject({
      namespace: 'shop',
      ips: ['192.168.1.7', 'fd00:192:168:1::7'],
      labels: { app: 'web', 'pod-template-hash': '6d4cf56db6' },
    });
    expect(Object.values(inventory?.pods ?? {})).toMatchObject([
      { nodeName: 'k8s-worker-1', phase: 'Running', ready: { containers: 2, ready: 1 }, hostNetwork: false },
      { phase: 'Pending', hostNetwork: true },
    ]);
  });

  it('of another kind is unread, with the command that is read', () => {
    const { report, inventory } = one(
      'Name:              web\nNamespace:         shop\nSelector:          app=web\nType:              ClusterIP\nIP:                10.96.14.7\n',
    );
    expect(Object.keys(inventory?.pods ?? {})).toEqual([]);
    expect(report.unread.map(({ line, why }) => [line, why])).toEqual([
      [1, 'this form is not read; what is: the same objects with kubectl get … -o yaml'],
    ]);
  });
});
