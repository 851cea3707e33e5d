/** The points of OTLP's protobuf form, and the attributes of all that has some. */
import { badOtlp, type ModelBudget, VALUE_DEPTH_MAX } from "./bounds.ts";
import { hexOf } from "./hex.ts";
import {
  type AnyValue,
  type Attribute,
  type ExponentialBuckets,
  type ExponentialPoint,
  type HistogramPoint,
  NO_BUCKETS,
  type NumberPoint,
  type OtlpExemplar,
  type SummaryPoint,
} from "./model.ts";
import { type PointAttributes, RawAttributes } from "./raw_attributes.ts";
import type { WireReader } from "./wire_reader.ts";

/** Flags of a point (DataPointFlags): nothing was recorded. */
const NO_RECORDED_VALUE = 1;

/** Where something is wrong, said once for all points. */
const OF_NUMBER = "number_data_point.attributes";
const OF_HISTOGRAM = "histogram_data_point.attributes";
const OF_EXPONENTIAL = "exponential_histogram_data_point.attributes";
const OF_SUMMARY = "summary_data_point.attributes";

/** A point while it is read. */
type Open<T> = { -readonly [Key in keyof T]: T[Key] };

/** Where the attributes of a point are, while it is read. */
interface Place {
  start: number;
  end: number;
  /** Those that are elsewhere too: they are read at once. */
  parts: [start: number, end: number][] | undefined;
}

const NO_EXEMPLARS: readonly OtlpExemplar[] = [];
const NO_ATTRIBUTES: readonly Attribute[] = [];

/** Reads points within the budget of their request. */
export class PointReader {
  readonly budget: ModelBudget;
  readonly #place: Place = { start: 0, end: 0, parts: undefined };
  /** One for each field number and name that attributes have. */
  readonly #readers = new Map<string, (start: number, end: number) => Attribute[]>();

  constructor(budget: ModelBudget) {
    this.budget = budget;
  }

  number(reader: WireReader): NumberPoint {
    const where = "number_data_point";
    this.budget.message();
    const outer = reader.enter(where);
    const place = this.#begin();
    const point: Open<NumberPoint> = {
      attributes: NO_ATTRIBUTES,
      startMs: 0,
      timeMs: 0,
      startNs: 0,
      timeNs: 0,
      isStale: false,
      value: 0,
      exemplars: NO_EXEMPLARS,
    };
    while (reader.next(where)) {
      const { field } = reader;
      if (field === 7) skipAttribute(reader, place, OF_NUMBER);
      else if (field === 3 || field === 2) readTimes(point, reader, where);
      else if (field === 4) {
        point.value = reader.double(where);
        // A number cannot say which NaN it is, and a sender may write the marker itself.
        if (Number.isNaN(point.value) && reader.wasStale()) point.isStale = true;
      } else if (field === 6) point.value = reader.signedFixed64(where);
      else if (field === 5) point.exemplars = [...point.exemplars, this.#exemplar(reader)];
      else if (field === 8) setFlags(point, reader.uint(where));
      else reader.skip(where);
    }
    reader.leave(outer);
    point.attributes = this.#attributesAt(reader, place, OF_NUMBER, 7);
    return point;
  }

  histogram(reader: WireReader): HistogramPoint {
    const where = "histogram_data_point";
    this.budget.message();
    const outer = reader.enter(where);
    const place = this.#begin();
    const bucketCounts: number[] = [], bounds: number[] = [];
    const point: Open<HistogramPoint> = {
      attributes: NO_ATTRIBUTES,
      startMs: 0,
      timeMs: 0,
      startNs: 0,
      timeNs: 0,
      isStale: false,
      count: 0,
      sum: undefined,
      bucketCounts,
      bounds,
      exemplars: NO_EXEMPLARS,
    };
    while (reader.next(where)) {
      const { field } = reader;
      if (field === 9) skipAttribute(reader, place, OF_HISTOGRAM);
      else if (field === 4) point.count = reader.fixed64(where);
      else if (field === 5) point.sum = reader.double(where);
      else if (field === 6) reader.numbers(where, "fixed64", bucketCounts, this.budget);
      else if (field === 7) reader.numbers(where, "double", bounds, this.budget);
      else if (field === 8) point.exemplars = [...point.exemplars, this.#exemplar(reader)];
      else if (field === 10) setFlags(point, reader.uint(where));
      else readTimes(point, reader, where);
    }
    reader.leave(outer);
    point.attributes = this.#attributesAt(reader, place, OF_HISTOGRAM, 9);
    return point;
  }

  exponential(reader: WireReader): ExponentialPoint {
    const where = "exponential_histogram_data_point";
    this.budget.message();
    const outer = reader.enter(where);
    const place = this.#begin();
    const point: Open<ExponentialPoint> = {
      attributes: NO_ATTRIBUTES,
      startMs: 0,
      timeMs: 0,
      startNs: 0,
      timeNs: 0,
      isStale: false,
      count: 0,
      sum: undefined,
      scale: 0,
      zeroCount: 0,
      zeroThreshold: 0,
      positive: NO_BUCKETS,
      negative: NO_BUCKETS,
      exemplars: NO_EXEMPLARS,
    };
    while (reader.next(where)) {
      const { field } = reader;
      if (field === 1) skipAttribute(reader, place, OF_EXPONENTIAL);
      else if (field === 4) point.count = reader.fixed64(where);
      else if (field === 5) point.sum = reader.double(where);
      else if (field === 6) point.scale = reader.signed32(where);
      else if (field === 7) point.zeroCount = reader.fixed64(where);
      else if (field === 8) point.positive = this.#buckets(reader);
      else if (field === 9) point.negative = this.#buckets(reader);
      else if (field === 10) setFlags(point, reader.uint(where));
      else if (field === 11) point.exemplars = [...point.exemplars, this.#exemplar(reader)];
      else if (field === 14) point.zeroThreshold = reader.double(where);
      else readTimes(point, reader, where);
    }
    reader.leave(outer);
    point.attributes = this.#attributesAt(reader, place, OF_EXPONENTIAL, 1);
    return point;
  }

  summary(reader: WireReader): SummaryPoint {
    const where = "summary_data_point";
    this.budget.message();
    const outer = reader.enter(where);
    const place = this.#begin();
    const quantiles: { quantile: number; value: number }[] = [];
    const point: Open<SummaryPoint> = {
      attributes: NO_ATTRIBUTES,
      startMs: 0,
      timeMs: 0,
      startNs: 0,
      timeNs: 0,
      isStale: false,
      count: 0,
      sum: 0,
      quantiles,
    };
    while (reader.next(where)) {
      const { field } = reader;
      if (field === 7) skipAttribute(reader, place, OF_SUMMARY);
      else if (field === 4) point.count = reader.fixed64(where);
      else if (field === 5) point.sum = reader.double(where);
      else if (field === 6) quantiles.push(this.#quantile(reader));
      else if (field === 8) setFlags(point, reader.uint(where));
      else readTimes(point, reader, where);
    }
    reader.leave(outer);
    point.attributes = this.#attributesAt(reader, place, OF_SUMMARY, 7);
    return point;
  }

  /** One place for all points, as points are in no point. */
  #begin(): Place {
    const place = this.#place;
    place.start = 0;
    place.end = 0;
    place.parts = undefined;
    return place;
  }

  #attributesAt(
    reader: WireReader,
    { start, end, parts }: Place,
    where: string,
    field: number,
  ): PointAttributes {
    let read = this.#readers.get(where);
    if (read === undefined) {
      const message = where.slice(0, where.lastIndexOf("."));
      read = (from, to) => {
        const attributes: Attribute[] = [];
        reader.between(from, to, () => this.attributesIn(reader, message, field, attributes));
        return attributes;
      };
      this.#readers.set(where, read);
    }
    if (parts === undefined) return new RawAttributes(reader, start, end, read);
    const last: [number, number] = [start, end];
    return [...parts, last].flatMap(([from, to]) => read(from, to));
  }

  /** Reads a message that holds attributes in its field `field`, and nothing else that matters. */
  attributesIn(reader: WireReader, where: string, field: number, out: Attribute[]): void {
    while (reader.next(where)) {
      if (reader.field === field) out.push(this.attribute(reader, `${where}.attributes`));
      else reader.skip(where);
    }
  }

  attribute(reader: WireReader, where: string, depth = 0): Attribute {
    this.budget.message();
    let key = "";
    let value: AnyValue;
    const outer = reader.enter(where);
    while (reader.next(where)) {
      if (reader.field === 1) key = reader.text(where);
      else if (reader.field === 2) value = this.#value(reader, where, depth);
      else reader.skip(where);
    }
    reader.leave(outer);
    return { key, value };
  }

  #value(reader: WireReader, where: string, depth: number): AnyValue {
    if (depth > VALUE_DEPTH_MAX) {
      throw badOtlp(where, `values in values, ${depth} deep`, `at most ${VALUE_DEPTH_MAX}`);
    }
    let value: AnyValue;
    const outer = reader.enter(where);
    while (reader.next(where)) {
      const { field } = reader;
      if (field === 1) value = reader.text(where);
      else if (field === 2) value = reader.bool(where);
      else if (field === 3) value = reader.int64(where);
      else if (field === 4) value = reader.double(where);
      else if (field === 5) value = { list: this.#values(reader, where, depth) };
      else if (field === 6) value = { map: this.#entries(reader, where, depth) };
      else if (field === 7) value = reader.copy(where);
      else reader.skip(where);
    }
    reader.leave(outer);
    return value;
  }

  #values(reader: WireReader, where: string, depth: number): AnyValue[] {
    const values: AnyValue[] = [];
    return reader.message(where, () => {
      while (reader.next(where)) {
        this.budget.message();
        if (reader.field === 1) values.push(this.#value(reader, where, depth + 1));
        else reader.skip(where);
      }
      return values;
    });
  }

  #entries(reader: WireReader, where: string, depth: number): Attribute[] {
    const entries: Attribute[] = [];
    return reader.message(where, () => {
      while (reader.next(where)) {
        if (reader.field === 1) entries.push(this.attribute(reader, where, depth + 1));
        else reader.skip(where);
      }
      return entries;
    });
  }

  #exemplar(reader: WireReader): OtlpExemplar {
    this.budget.message();
    const where = "exemplar";
    const attributes: Attribute[] = [];
    const exemplar: Open<OtlpExemplar> = {
      attributes,
      timeMs: 0,
      value: undefined,
      traceId: "",
      spanId: "",
    };
    return reader.message(where, () => {
      while (reader.next(where)) {
        const { field } = reader;
        if (field === 7) attributes.push(this.attribute(reader, "exemplar.filtered_attributes"));
        else if (field === 2) exemplar.timeMs = reader.timeMs(where);
        else if (field === 3) exemplar.value = reader.double(where);
        else if (field === 6) exemplar.value = reader.signedFixed64(where);
        else if (field === 4) exemplar.spanId = hexOf(reader.copy(where), 8, "exemplar.span_id");
        else if (field === 5) {
          exemplar.traceId = hexOf(reader.copy(where), 16, "exemplar.trace_id");
        } else reader.skip(where);
      }
      return exemplar;
    });
  }

  #buckets(reader: WireReader): ExponentialBuckets {
    const where = "exponential_histogram_data_point.buckets";
    const counts: number[] = [];
    let offset = 0;
    return reader.message(where, () => {
      while (reader.next(where)) {
        if (reader.field === 1) offset = reader.signed32(where);
        else if (reader.field === 2) reader.numbers(where, "uint64", counts, this.budget);
        else reader.skip(where);
      }
      return { offset, counts };
    });
  }

  #quantile(reader: WireReader): { quantile: number; value: number } {
    this.budget.message();
    const where = "summary_data_point.quantile_values";
    const pair = { quantile: 0, value: 0 };
    return reader.message(where, () => {
      while (reader.next(where)) {
        if (reader.field === 1) pair.quantile = reader.double(where);
        else if (reader.field === 2) pair.value = reader.double(where);
        else reader.skip(where);
      }
      return pair;
    });
  }
}

function setFlags(point: { isStale: boolean }, flags: number): void {
  if (flags % 2 === NO_RECORDED_VALUE) point.isStale = true;
}

function readTimes(
  point: { startMs: number; timeMs: number; startNs: number; timeNs: number },
  reader: WireReader,
  where: string,
): void {
  if (reader.field === 2) {
    point.startMs = reader.timeMs(where);
    point.startNs = reader.lastFixed();
  } else if (reader.field === 3) {
    point.timeMs = reader.timeMs(where);
    point.timeNs = reader.lastFixed();
  } else reader.skip(where);
}

/** Passes over an attribute: what it is may be known from a request before. */
function skipAttribute(reader: WireReader, place: Place, where: string): void {
  const start = reader.tagAt;
  reader.skipBytes(where);
  if (place.end !== start && place.end !== 0) {
    (place.parts ??= []).push([place.start, place.end]);
    place.start = start;
  } else if (place.end === 0) place.start = start;
  place.end = reader.at;
}
