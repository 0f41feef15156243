// Whether a namespace answers neighbour solicitations at a device: net/ipv6/ndisc.c ndisc_recv_ns.
import { addressText, parseAddress, type Address } from '../route/address.ts';
import type { InterfaceEntity } from '../topology/model.ts';
import { no, ownAnswer, unknownAnswer, type ArpAnswer } from './arp-answer.ts';
import type { TracedNamespace } from './namespace.ts';
import { addressesOf } from './source-address.ts';
import { commandIn, sysctlIn } from './walk.ts';

/** Of IPv6 a device answers for its own addresses alone, and for those that were entered for it (proxy_ndp). */
export function answersNdp(at: TracedNamespace, device: InterfaceEntity, address: Address): ArpAnswer {
  const text = addressText(address);
  const { name } = device;
  if (at.sysctls?.get(`ipv6/conf/${name}/disable_ipv6`) === '1')
    return no(`IPv6 is disabled on ${name} of ${at.name}.`, sysctlIn(at, `ipv6/conf/${name}/disable_ipv6`));
  if (addressesOf(device, 6).some((one) => isSameText(one.address, text)))
    return ownAnswer(at, device, text, []);
  const isOff = (dev: string, file: string): boolean => at.sysctls?.get(`ipv6/conf/${dev}/${file}`) === '0';
  const command = commandIn(at, 'ip', '-6', 'neigh', 'show', 'proxy', 'dev', name);
  if (!isOff(name, 'forwarding') && !(isOff('all', 'proxy_ndp') && isOff(name, 'proxy_ndp')))
    return {
      ...unknownAnswer(
        `Whether ${at.name} answers for ${text} at ${name} is not known: entries for others (proxy_ndp) are not read.`,
      ),
      command,
    };
  return no(`${text} is no address of ${name} of ${at.name}, and proxy_ndp is off there.`, command);
}

function isSameText(a: string, b: string): boolean {
  const parsed = parseAddress(a);
  return parsed !== null && addressText(parsed) === b;
}
