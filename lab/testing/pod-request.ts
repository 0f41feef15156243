import { onNode } from './lab-run.ts';

/** What a Pod gets when it asks an address's port 8080 for its page: the answer's body, or why there is none. */
export async function fetchFromPod(
  instance: string,
  node: string,
  pod: string,
  address: string,
): Promise<string> {
  const client = [
    '$s = IO::Socket::IP->new(PeerHost => $ARGV[0], PeerPort => 8080, Timeout => 2) or die "$@\\n"',
    'print $s "GET / HTTP/1.0\\r\\n\\r\\n"',
    'print while <$s>',
  ].join('; ');
  const enter = `nsenter -t "$(cat /run/lab/pods/${pod})" -n`;
  return onNode(instance, node, `${enter} perl -MIO::Socket::IP -e '${client}' ${address} 2>&1 || :`);
}
