/** The functions that the binding may call. An instance is a writer, a reader of batches or a reader of pages, and only one of these. */
export { resultAt } from "./abi/result";
export { inputAt } from "./input";
export { shareMemory } from "./intake/scratch";
export { seed } from "./writer";
export { boundKept } from "./intake/kept/sets";
export { handleGeneration } from "./intake/kept/handles";
export { addRequest, beginParts, configureWriter, encodeBatch, encodePart } from "./writer";
export {
  checkInput,
  checksumInput,
  configureHanded,
  configureReader,
  configureRules,
  decideLabels,
  discardBatch,
  forgetLearned,
  learnSets,
  loadBatch,
  loadHanded,
  lookUpLabels,
  openRequest,
  openSignals,
  reshard,
  restoreShard,
  route,
  selectRequest,
  settleRequest,
  shardState,
  showBatch,
  takeRequest,
} from "./reader";
export {
  closeTarget,
  decideSeries,
  dropPage,
  endPage,
  openTarget,
  packTarget,
  readPage,
  relabelTarget,
  settlePage,
  shrinkPages,
  takePageHandles,
  targetFamilies,
  tellSeries,
  unknownSeries,
  unpackTarget,
  writePage,
  writeWholePage,
} from "./pages";
