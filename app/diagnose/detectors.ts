// All detectors. Of findings that are as likely and as grave as each other, those of the first here come first: causes that break
// much before those that break little.
import type { Detector } from './detector.ts';
import { bgpAuthMismatch } from './detectors/bgp-auth-mismatch.ts';
import { bgpNotEstablished } from './detectors/bgp-not-established.ts';
import { bgpPortBlocked } from './detectors/bgp-port-blocked.ts';

export const DETECTORS: readonly Detector[] = [bgpAuthMismatch, bgpPortBlocked, bgpNotEstablished];
