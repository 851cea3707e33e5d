/**
 * Families of which targets say different things. By remote write 2.0 metadata goes with
 * series, and what was said last of a family counts for those that follow: so a target says
 * what others dispute at each scrape, and its series have what it says.
 */
import type { FamilyMetadata } from "../contracts.ts";
import { putMetadata } from "../metadata_message.ts";
import { MessageWriter } from "../protobuf.ts";

/** Something that is said of a family, and by how many targets. */
interface Said {
  readonly metadata: FamilyMetadata;
  /** All that is said of the family. */
  readonly all: Said[];
  targets: number;
}

const NOTHING = new Uint8Array(0);

/** What all targets say. */
export class DisputedFamilies {
  readonly #families = new Map<string, Said[]>();
  #generation = 0;

  /** Another one when other families are disputed than before. */
  get generation(): number {
    return this.#generation;
  }

  /** For one more target. */
  open(): ToldFamilies {
    return new ToldFamilies(this);
  }

  /** One more target says this. */
  add(metadata: FamilyMetadata): Said {
    const { family, type, help, unit } = metadata;
    const all = this.#families.get(family) ?? [];
    const known = all.find(({ metadata: own }) =>
      own.type === type && own.help === help && own.unit === unit
    );
    if (known !== undefined) {
      known.targets++;
      return known;
    }
    const said = { metadata, all, targets: 1 };
    if (all.push(said) === 1) this.#families.set(family, all);
    else if (all.length === 2) this.#generation++;
    return said;
  }

  /** One target less says it. */
  remove(said: Said): void {
    if (--said.targets > 0) return;
    const { all } = said;
    all.splice(all.indexOf(said), 1);
    if (all.length === 0) this.#families.delete(said.metadata.family);
    else if (all.length === 1) this.#generation++;
  }
}

/** What one target says. */
export class ToldFamilies {
  readonly #of: DisputedFamilies;
  #said: readonly Said[] = [];
  #generation = -1;
  #disputed: Uint8Array = NOTHING;

  constructor(of: DisputedFamilies) {
    this.#of = of;
  }

  /** It says this from now on, and nothing else. */
  replace(families: readonly FamilyMetadata[]): void {
    const before = this.#said;
    this.#said = families.map((one) => this.#of.add(one));
    for (const one of before) this.#of.remove(one);
    this.#generation = -1;
  }

  /** That of it which others dispute, as a part of a request. */
  get disputed(): Uint8Array {
    if (this.#generation === this.#of.generation) return this.#disputed;
    this.#generation = this.#of.generation;
    const disputed = this.#said.filter(({ all }) => all.length > 1);
    this.#disputed = disputed.length === 0 ? NOTHING : written(disputed);
    return this.#disputed;
  }
}

function written(all: readonly Said[]): Uint8Array {
  const request = new MessageWriter();
  for (const { metadata } of all) putMetadata(request, metadata);
  return request.finish();
}
