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
  type OtlpPoint,
  type SummaryPoint,
} from "./model.ts";
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

/** Reads points within the budget of their request. */
export class PointReader {
  readonly budget: ModelBudget;

  constructor(budget: ModelBudget) {
    this.budget = budget;
  }

  number(reader: WireReader): NumberPoint {
    const where = "number_data_point";
    const { list: attributes, ...open } = this.#open();
    const exemplars: OtlpExemplar[] = [];
    const point: Open<NumberPoint> = { ...open, attributes, value: 0, exemplars };
    return reader.message(where, () => {
      while (reader.next(where)) {
        const { field } = reader;
        if (field === 7) attributes.push(this.attribute(reader, OF_NUMBER));
        else if (field === 4) {
          point.value = reader.double(where);
          // A number cannot say which NaN it is, and a sender may write the marker itself.
          if (Number.isNaN(point.value) && reader.wasStale()) point.isStale = true;
        } else if (field === 6) point.value = reader.signedFixed64(where);
        else if (field === 5) exemplars.push(this.#exemplar(reader));
        else if (field === 8) setFlags(point, reader.uint(where));
        else readTimes(point, reader, where);
      }
      return point;
    });
  }

  histogram(reader: WireReader): HistogramPoint {
    const where = "histogram_data_point";
    const { list: attributes, ...open } = this.#open();
    const bucketCounts: number[] = [], bounds: number[] = [], exemplars: OtlpExemplar[] = [];
    const lists = { attributes, bucketCounts, bounds, exemplars };
    const point: Open<HistogramPoint> = { ...open, ...lists, count: 0, sum: undefined };
    return reader.message(where, () => {
      while (reader.next(where)) {
        const { field } = reader;
        if (field === 9) attributes.push(this.attribute(reader, OF_HISTOGRAM));
        else if (field === 4) point.count = reader.fixed64(where);
        else if (field === 5) point.sum = reader.double(where);
        else if (field === 6) reader.numbers(where, "fixed64", this.#into(bucketCounts));
        else if (field === 7) reader.numbers(where, "double", this.#into(bounds));
        else if (field === 8) exemplars.push(this.#exemplar(reader));
        else if (field === 10) setFlags(point, reader.uint(where));
        else readTimes(point, reader, where);
      }
      return point;
    });
  }

  exponential(reader: WireReader): ExponentialPoint {
    const where = "exponential_histogram_data_point";
    const { list: attributes, ...open } = this.#open();
    const exemplars: OtlpExemplar[] = [];
    const point: Open<ExponentialPoint> = {
      ...open,
      attributes,
      exemplars,
      count: 0,
      sum: undefined,
      scale: 0,
      zeroCount: 0,
      zeroThreshold: 0,
      positive: NO_BUCKETS,
      negative: NO_BUCKETS,
    };
    return reader.message(where, () => {
      while (reader.next(where)) {
        const { field } = reader;
        if (field === 1) attributes.push(this.attribute(reader, OF_EXPONENTIAL));
        else if (field === 4) point.count = reader.fixed64(where);
        else if (field === 5) point.sum = reader.double(where);
        else if (field === 6) point.scale = reader.signed32(where);
        else if (field === 7) point.zeroCount = reader.fixed64(where);
        else if (field === 8) point.positive = this.#buckets(reader);
        else if (field === 9) point.negative = this.#buckets(reader);
        else if (field === 10) setFlags(point, reader.uint(where));
        else if (field === 11) exemplars.push(this.#exemplar(reader));
        else if (field === 14) point.zeroThreshold = reader.double(where);
        else readTimes(point, reader, where);
      }
      return point;
    });
  }

  summary(reader: WireReader): SummaryPoint {
    const where = "summary_data_point";
    const { list: attributes, ...open } = this.#open();
    const quantiles: { quantile: number; value: number }[] = [];
    const point: Open<SummaryPoint> = { ...open, attributes, quantiles, count: 0, sum: 0 };
    return reader.message(where, () => {
      while (reader.next(where)) {
        const { field } = reader;
        if (field === 7) attributes.push(this.attribute(reader, OF_SUMMARY));
        else if (field === 4) point.count = reader.fixed64(where);
        else if (field === 5) point.sum = reader.double(where);
        else if (field === 6) quantiles.push(this.#quantile(reader));
        else if (field === 8) setFlags(point, reader.uint(where));
        else readTimes(point, reader, where);
      }
      return point;
    });
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
      else if (field === 7) value = reader.bytes(where);
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
        else if (field === 4) exemplar.spanId = hexOf(reader.bytes(where), 8, "exemplar.span_id");
        else if (field === 5) {
          exemplar.traceId = hexOf(reader.bytes(where), 16, "exemplar.trace_id");
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
        else if (reader.field === 2) reader.numbers(where, "uint64", this.#into(counts));
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

  #open(): Omit<OtlpPoint, "attributes"> & { readonly list: Attribute[] } {
    this.budget.message();
    return { list: [], startMs: 0, timeMs: 0, startNs: 0, timeNs: 0, isStale: false };
  }

  #into(list: number[]): { push(one: number): void } {
    const { budget } = this;
    return {
      push(one) {
        budget.elements(1);
        list.push(one);
      },
    };
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
