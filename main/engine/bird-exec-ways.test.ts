// BIRD over the API server's own way, with answers as api-exec.ts gives them.
import { expect, it } from 'vitest';
import { fail, ok } from '../../app/result.ts';
import { AuditTrail } from '../audit/audit-trail.ts';
import { birdByApi } from './bird-exec-ways.ts';
import type { PodExec } from './kube-source.ts';

it('what is executed in a container stands in the audit of its node, how it ended, too', async () => {
  const trail = new AuditTrail();
  const exec: PodExec = {
    run: ({ command }) =>
      Promise.resolve(
        command.includes('/var/run/calico/bird.ctl')
          ? ok({ stdout: Buffer.from('BIRD'), stderr: '', exitStatus: command.includes('status') ? 1 : 0 })
          : fail({ state: 'failed', reason: 'the API server says: no' }),
      ),
    command: ({ pod, command }) => `kubectl exec ${pod} -- ${command.slice(0, 2).join(' ')}`,
    login: () => 'admin@cluster',
  };
  const pod = { namespace: 'kube-system', name: 'calico-node-x7kqp' };
  const call = { nonce: 'abcdefghijklmnop', signal: new AbortController().signal };
  await birdByApi(exec, () => 0, trail).ask({ label: 'w1', pod }, call);
  expect(
    trail.entries.map(({ node, login, kind, what, outcome, received }) =>
      [node, login, kind, what, outcome, received].join('; '),
    ),
  ).toEqual([
    'w1; admin@cluster; command; kubectl exec calico-node-x7kqp -- birdcl -r; exit 0; 4',
    'w1; admin@cluster; command; kubectl exec calico-node-x7kqp -- birdcl -r; exit 1; 4',
    'w1; admin@cluster; command; kubectl exec calico-node-x7kqp -- birdcl -r; the API server says: no; 0',
  ]);
});
