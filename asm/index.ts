/** The functions that the binding may call. An instance is a writer or a reader, never both. */
export { resultAt } from "./abi/result";
export { inputAt } from "./input";
export { shareMemory } from "./intake/scratch";
export { seed } from "./writer";
export { boundKept } from "./intake/kept/sets";
export { addRequest, configureWriter, encodeBatch } from "./writer";
export {
  checkInput,
  configureReader,
  configureRules,
  decideLabels,
  discardBatch,
  loadBatch,
  lookUpLabels,
  openRequest,
  openSignals,
  reshard,
  restoreShard,
  route,
  selectRequest,
  settleRequest,
  shardState,
  takeRequest,
} from "./reader";
