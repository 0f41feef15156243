import { expect, it } from 'vitest';
import type { Piece } from './scan.ts';
import { built, pasted } from './testing/built.ts';
import { withPartsTold } from './told-in-part.ts';
import { wholeLists } from './whole-lists.ts';

it('what was collected is whole, older iptables and a node without virtual servers, too', () => {
  const text = [
    ...['root@w1:~# iptables-legacy-save', '*filter', ':FORWARD ACCEPT [0:0]', 'COMMIT'],
    ...['root@w1:~# ip -d addr', '9: kube-ipvs0: <BROADCAST,NOARP> mtu 1500 qdisc noop state DOWN'],
  ].join('\n');
  const snapshot = built([pasted(text)]).moments[0]?.[0]?.reading.snapshot;
  const before = snapshot?.firewall?.value ?? null;
  if (snapshot === undefined || snapshot.firewall === null || before === null) throw new Error('no filters');
  const { rulesMissing, ...value } = before;
  expect(rulesMissing).toBe('some');
  const collected = { ...snapshot, firewall: { ...snapshot.firewall, value } };
  const lists = wholeLists({ kind: 'collected' } as Piece, collected);
  const told = withPartsTold({ snapshot: collected, whole: new Set(), wholeLists: lists });
  expect(told.snapshot.firewall?.value?.rulesMissing).toBeUndefined();
});
