/** What one packet says: its protocol's name as Wireshark writes it, and one plain line. */
export interface Saying {
  readonly protocol: string;
  readonly summary: string;
}
