/** Why something that was asked for is not done, as the operator reads it. */
export interface Refusal {
  readonly sentence: string;
}
