// What is asked of a node's clock synchronisation while packets are watched: how right its clock is by its own account. chronyd tells any
// local user (chronyc(1) `tracking`, over 127.0.0.1:323), ntpd as well (ntpq(8) `rv`). systemd-timesyncd knows no bound, and timedatectl(1) would
// start a service on the node to say so: only whether it ever got the time is looked up (systemd-timesyncd.service(8), "Files").
import { framedScript } from './framed-script.ts';

/** A line of chronyc has 120 bytes, one of ntpq 600. */
export const CLOCK_SYNC_BYTES = 4_096;

/** For `sh -c`, with a nonce of 16–64 letters and digits. */
export function clockSyncScript(nonce: string): string {
  return `nonce=${nonce}\n${framedScript(functions, sections)}`;
}

const functions = `
few() { through 'head -c ${String(CLOCK_SYNC_BYTES)}' within 2 "$@"; }
timesync() { [ -e /run/systemd/timesync/synchronized ] && echo synchronized; return 0; }
`;

const sections = `
  if has chronyc; then shown='chronyc -n -c tracking'; section chrony few chronyc -n -c tracking; fi
  if has ntpq; then shown='ntpq -n -c rv'; section ntp few ntpq -n -c rv; fi
  if [ -d /run/systemd/timesync ]; then shown='ls /run/systemd/timesync/synchronized'; section timesync timesync; fi
`;
