import { execFileSync } from 'node:child_process';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { runs } from '../testing/runs.ts';
import { cniScript, parseCniSigns } from './cni-signs.ts';
import { programsScript } from './trusted-process.ts';

it('reads files, Flannel’s settings and agents of the node’s own network', () => {
  const output = [
    'file /etc/cni/net.d/10-flannel.conflist',
    'flannel # written by flanneld',
    'flannel FLANNEL_MTU=1450',
    'agent 812 net:[4026531840] flanneld',
    'agent 913 net:[4026532999] calico-node',
    'agent 914 - kube-router',
    'who knows',
  ].join('\n');
  const { signs, unread } = parseCniSigns(output, 4026531840);
  expect(signs).toEqual({
    files: ['/etc/cni/net.d/10-flannel.conflist'],
    flannel: { FLANNEL_MTU: '1450' },
    agents: [
      { pid: 812, comm: 'flanneld' },
      { pid: 914, comm: 'kube-router' },
    ],
  });
  expect(unread).toEqual([{ where: 'line 7', text: 'who knows' }]);
});

it('takes any text, and every line of it is a sign or is told', () => {
  const line = fc.oneof(
    fc.string(),
    fc.string().map((name) => `file /${name}`),
    fc.string().map((value) => `flannel FLANNEL_MTU=${value}`),
    fc.tuple(fc.nat(), fc.string()).map(([pid, comm]) => `agent ${pid} net:[1] ${comm}`),
  );
  fc.assert(
    fc.property(fc.array(line), (lines) => {
      const { signs, unreadCount } = parseCniSigns(lines.join('\n'), 1);
      expect(signs.files.length + signs.agents.length + unreadCount).toBeLessThanOrEqual(
        lines.join('\n').split('\n').length,
      );
    }),
    { numRuns: runs(200) },
  );
});

it.each(['dash', 'busybox ash', 'bash'])(
  'says nothing and does not fail where there is nothing, in %s',
  (shell) => {
    const [program = '', ...words] = shell.split(' ');
    const script = `cd /proc; programs=${programsScript}${cniScript}cni_signs`;
    const said = execFileSync(program, [...words, '-c', script], { encoding: 'utf8', timeout: 10_000 });
    const { unread } = parseCniSigns(said, null);
    expect(unread).toEqual([]);
  },
);
