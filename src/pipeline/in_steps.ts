/** What takes long and is done in steps, between which others have their turn. */
export interface InSteps<Sum> {
  /** Looks what there is to do, and changes nothing: others need not wait for it. @throws as a step does */
  begin(): Promise<void>;
  /**
   * Goes one step on; false when nothing is left.
   *
   * @throws {WalqError} `STORAGE`; what came before is through.
   */
  step(): Promise<boolean>;
  /** No step follows, whatever became of the last one. */
  end(): void;
  /** What came of the steps so far. */
  readonly sum: Sum;
}
