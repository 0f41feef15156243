/** A file that a node boots with. */
export interface NodeFile {
  /** Relative to the node's root. */
  readonly path: string;
  readonly text: string;
  readonly mode?: number;
  readonly uid?: number;
}
