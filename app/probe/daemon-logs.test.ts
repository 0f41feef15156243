import { execFileSync } from 'node:child_process';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { runs } from '../testing/runs.ts';
import { logLevelPattern, logTopicPattern } from './daemon-logs-script.ts';
import { parseDaemonLogs, type PrintedLog } from './daemon-logs.ts';
import { discoveryScript } from './discovery-script.ts';
import { parseDiscovery } from './discovery.ts';

/** 2026-11-26 10:45:00 UTC. */
const now = { s: 1_795_689_900, ns: 0 };
// As systemd 252, klog (kubelet 1.32), containerd's CRI around calico-node 3.29, and docker's json-file print them.
const journal = `1795689600.123456 k8s-worker-1 kubelet[812]: E1126 10:40:00.123400     812 kubelet.go:3117] "Container runtime network not ready" networkReady="NetworkReady=false"
1795689650.500000 k8s-worker-1 systemd-networkd[301]: ens192: Lost carrier
-- No entries --
`;
const kubelet = `zone +0530
W1126 16:10:10.000250    812 cni.go:242] Unable to update cni config: no networks found in /etc/cni/net.d
not a line of klog about cni
`;
const calico = `zone +0000
2026-11-26T10:44:00.250000001Z stdout F 2026-11-26 10:44:00.249 [WARNING][65] felix/int_dataplane.go 1042: Failed to resync route table
2026-11-26T18:44:01.5+08:00 stdout F bird: Mesh_10_12_22_152: State changed to down
2026-11-26T09:00:00.0Z stdout F 2026-11-26 09:00:00.0 [ERROR][65] felix/old.go 1: route too long ago
`;
// BIRD 2.0.12's own file on a node of the lab.
const bird = `zone +0000
2026-11-26 10:44:50.250 <RMT> Mesh_10_12_22_152: Received: Administrative shutdown
2026-11-26 10:44:51.500 <ERR> Mesh_10_12_22_152: Socket error: bind: Cannot assign requested address
`;
const docker = `{"log":"2026-11-26 10:44:30.1 [ERROR][70] confd/client.go 2: BGP peer lost\\n","stream":"stdout","time":"2026-11-26T10:44:30.1Z"}
{"log":"cut in the mid`;
const logs: readonly PrintedLog[] = [
  { daemon: null, text: journal, at: now },
  { daemon: 'kubelet', text: kubelet, at: now },
  { daemon: 'calico-node', text: calico, at: now },
  { daemon: 'calico-node', text: docker, at: now },
  { daemon: 'BIRD', text: bird, at: now },
];

it('tells who said what, how bad it is and when, in order of time; of the last hour', () => {
  const { messages, unread } = parseDaemonLogs(logs);
  const told = messages.map(({ at, daemon, level, text }) => [at.s - now.s, daemon, level, text]);
  expect(told).toEqual([
    [-300, 'kubelet', 'error', '"Container runtime network not ready" networkReady="NetworkReady=false"'],
    [-290, 'kubelet', 'warning', 'Unable to update cni config: no networks found in /etc/cni/net.d'],
    [-250, 'systemd-networkd', 'other', 'ens192: Lost carrier'],
    [
      -60,
      'calico-node',
      'warning',
      '[WARNING][65] felix/int_dataplane.go 1042: Failed to resync route table',
    ],
    [-59, 'calico-node', 'other', 'bird: Mesh_10_12_22_152: State changed to down'],
    [-30, 'calico-node', 'error', '[ERROR][70] confd/client.go 2: BGP peer lost'],
    [-10, 'BIRD', 'other', '<RMT> Mesh_10_12_22_152: Received: Administrative shutdown'],
    [-9, 'BIRD', 'error', '<ERR> Mesh_10_12_22_152: Socket error: bind: Cannot assign requested address'],
  ]);
  expect(unread).toEqual([
    { line: 3, text: 'not a line of klog about cni' },
    { line: 2, text: '{"log":"cut in the mid' },
  ]);
});

it('a day of klog that is yet to come was last year’s', () => {
  const newYear = { s: Date.UTC(2027, 0, 1, 0, 5) / 1000, ns: 0 };
  const text = 'zone +0000\nE1231 23:59:00.000000    812 x.go:1] cni failed';
  expect(parseDaemonLogs([{ daemon: 'kubelet', text, at: newYear }]).messages[0]?.at.s).toBe(newYear.s - 360);
});

it('what the node narrows by lets these lines through', () => {
  const lines = logs
    .flatMap(({ text }) => text.split('\n'))
    .filter((line) => /ERROR|WARNING|cni\.go|kubelet\.go|bird:|carrier|<RMT>|<ERR>/.test(line));
  expect(lines).toHaveLength(9);
  for (const line of lines) {
    expect(line).toMatch(new RegExp(logLevelPattern));
    expect(line).toMatch(new RegExp(logTopicPattern, 'i'));
  }
});

it('what may not be read is named, by place and not by command; what may be is told all the same', () => {
  const nonce = 'abcdefghijklmnop';
  const denied = 'tail: cannot open for reading: Permission denied';
  const hint = 'Hint: You are currently not seeing messages from other users and the system.';
  const sections: readonly (readonly [name: string, text: string, stderr: string, status: number])[] = [
    ['log:journal', '', hint, 0],
    ['log:kubelet:/var/log/kubelet.log', '', denied, 0],
    ['log:bird:/var/log/bird.log', bird, '', 0],
    ['log:bird6:/var/log/bird6.log', '', '', 124],
    ['log:pods', '', 'ls: cannot open directory: Permission denied', 2],
  ];
  const frames = sections.map(
    ([name, text, , status]) =>
      `#${nonce} begin ${name} 5.00 tail | grep\n${text}\n#${nonce} end ${name} ${status} 5.01\n`,
  );
  const output = [
    `#${nonce} clock ${now.s}.000000000 5.00\n`,
    `#${nonce} begin meta 5.00 cat\nsys/kernel/random/boot_id 0c0ffee0-0000-4000-8000-000000000001\nuid 1000\n#${nonce} end meta 0 5.00\n`,
    ...frames,
    ...sections.map(([name, , stderr]) => `#${nonce} stderr ${name}\n${stderr}\n`),
    `#${nonce} done 5.02\n`,
  ].join('');
  const parsed = parseDiscovery(new TextEncoder().encode(output), { nonce, nodeLabel: 'n', seenAt: 0 });
  if (!parsed.ok) throw new Error(parsed.failure.sentence);
  expect(parsed.value.logs).toMatchObject({
    state: 'not-permitted',
    sentence:
      'This login may not read what daemons of n logged (the journal, /var/log/kubelet.log, /var/log/pods): root may, and mostly the groups adm and systemd-journal. Of what daemons of n logged, /var/log/bird6.log was not read to its end in time.',
  });
  expect(parsed.value.logs?.value?.messages.map(({ daemon }) => daemon)).toEqual(['BIRD', 'BIRD']);
});

it('any text: no throw, every line is a message, too old, or unread with its number', () => {
  const line = fc.oneof(
    fc.constantFrom(...logs.flatMap(({ text }) => text.split('\n'))),
    fc.string({ maxLength: 60 }),
  );
  fc.assert(
    fc.property(fc.array(line, { maxLength: 30 }), fc.constantFrom(null, 'kubelet'), (lines, daemon) => {
      const all = lines.join('\n').split('\n');
      const { messages, unread } = parseDaemonLogs([{ daemon, text: all.join('\n'), at: now }]);
      expect(messages.length + unread.length).toBeLessThanOrEqual(all.length);
      for (const { line: number, text } of unread)
        expect(all[number - 1]?.trimEnd().slice(0, 200)).toBe(text);
    }),
    { numRuns: runs(100) },
  );
});

it.each(['dash', 'bash', 'busybox ash'])(
  'the part runs under %s, where there may be no log at all',
  (shell) => {
    const nonce = 'abcdefghijklmnop';
    const [command = '', ...words] = shell.split(' ');
    const script = discoveryScript({ nonce, parts: ['logs'] });
    const output = execFileSync(command, [...words, '-s'], { input: script });
    const parsed = parseDiscovery(output, { nonce, nodeLabel: 'n', seenAt: 0 });
    expect(parsed.ok && parsed.value.cutOff).toBeNull();
  },
);
