/** A label: its name and its value. */
export type LabelPair = readonly [name: string, value: string];
