export const connectStrings = {
  openFile: 'Open a cluster file…',
  opening: 'Opening…',
  tagline: 'Where a packet goes in your cluster, hop by hop, and where it stops.',
  fileHint: 'A cluster file is YAML: the nodes, how to log in, and where kubectl runs.',
  harmless: 'Nothing is installed on your nodes. It needs sshd and ip there, and changes nothing.',
  hostKeyTitle: 'Is this machine the one you mean?',
  hostKeyAbout: (host: string, port: number): string =>
    `No known_hosts file has a key for ${host}${port === 22 ? '' : `, port ${String(port)}`}. Compare the fingerprint with one from a trusted source before you accept it.`,
  hostKeyOnce: 'Accept once',
  hostKeyAlways: 'Accept and remember',
  hostKeyRefuse: 'Refuse',
  passphraseTitle: 'Passphrase for a private key',
  passphraseAbout: (label: string, file: string): string =>
    `${label} is logged in to with ${file}, which is encrypted.`,
  passphraseWrong: 'That passphrase did not open the key. Try again.',
  passphraseLabel: 'Passphrase',
  passphraseGiveUp: 'Go without',
  passphraseUse: 'Unlock',
  retry: 'Retry now',
  details: 'What was seen',
  more: (count: number): string => `${String(count)} more below`,
};
