import { describe, expect, it } from 'vitest';
import type { BgpSession } from '../../app/topology/model.ts';
import { buildTopology } from '../dev/fixture.ts';
import { classic } from '../dev/plans.ts';
import { bgpHealth, bgpPeerName, bgpStateText } from './bgp-health.ts';

const topology = buildTopology(classic, 'lab');
const session = topology.bgp['bgp:k8s-worker-1/Mesh_10_12_22_152'] as BgpSession;

describe('a session', () => {
  it('is established only when BIRD says so in both words and nothing is kept for a dead peer', () => {
    expect(bgpHealth(session)).toBe('established');
    expect(bgpHealth({ ...session, protocolState: 'start' })).toBe('down');
    expect(bgpHealth({ ...session, stale: 'kept for 120 s' })).toBe('stale');
  });
  it('says BIRD’s own words when it is down', () => {
    expect(bgpStateText({ ...session, protocolState: 'start', info: 'Active' })).toBe('start · Active');
    expect(bgpStateText({ ...session, protocolState: 'down', info: '' })).toBe('down');
  });
  it('calls its peer by the best name there is', () => {
    expect(bgpPeerName(topology, session)).toBe('k8s-worker-2');
    expect(bgpPeerName(topology, { ...session, peerAddress: 'fd00:10:12:22::152' })).toBe(
      'k8s-worker-2 (IPv6)',
    );
    expect(bgpPeerName(topology, { ...session, peerNodeId: null })).toBe('10.12.22.152');
    expect(bgpPeerName(topology, { ...session, peerNodeId: null, peerAddress: null })).toBe(
      'Mesh_10_12_22_152',
    );
  });
});
