/**
 * Bun gives the first few WebAssembly memories a range of addresses each, and collects
 * all garbage before it makes one more: a simulation makes thousands, and spent nine
 * tenths of its time on that. With as many ranges as are wanted it does not.
 */
export const BUN_MEMORIES = { BUN_JSC_maxNumWasmFastMemories: "1000" } as const;
