/** Where a value was written. */
interface Placed {
  /** "walq.yaml:12" or "--set server.listen". */
  readonly place: string;
  /** Where its key begins in the line, from 1. */
  readonly column?: number;
}

/** A value of the configuration, and where it was written. */
export type Tree = TreeMap | TreeList | TreeScalar;

export interface TreeMap extends Placed {
  readonly kind: "map";
  readonly entries: Map<string, Tree>;
}

export interface TreeList extends Placed {
  readonly kind: "list";
  readonly items: Tree[];
}

export interface TreeScalar extends Placed {
  readonly kind: "scalar";
  /** As YAML 1.2 reads it: 1 is a number. */
  readonly value: unknown;
  /** As it was written, for where a text is expected; a label may be `1`. */
  readonly text: string;
  /** It was in quotes, and so is a text. */
  readonly isQuoted?: true;
  /** There is nothing but an anchor, as somebody writes a text that begins with "&". */
  readonly isAnchor?: true;
  /** With environment variables by their names, where `text` has their values. */
  readonly reference?: string;
}
