/** Batches as texts, and texts as batches. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { BatchFileReader } from "../../src/tools/batch_file.ts";
import { convertToBatch, convertToText, type Form, formOf } from "../../src/tools/convert.ts";
import { exportText } from "../../src/tools/export_text.ts";
import { importText } from "../../src/tools/import_text.ts";
import { lineChunks, partsOfFile, partsOfStream } from "../../src/tools/line_chunks.ts";
import { TextEnd } from "../../src/tools/text_end.ts";
import type { TextSink } from "../../src/tools/text_sink.ts";
import type { ToolPlatform } from "../../src/tools/tool_platform.ts";
import { MemoryPlatform } from "../../src/testing/memory.ts";
import { metadataSignal, type ShownSignal, signalAt } from "../../src/tools/signal.ts";
import { killedAt } from "./kill.ts";
import { ALL_KINDS, fileOf, kernel, numbered, samples, START_MS, toolsOn } from "./support.ts";

function textSink(): TextSink & { text: string } {
  return {
    text: "",
    write(text: string) {
      this.text += text;
      return Promise.resolve();
    },
    end: () => Promise.resolve(),
  };
}

async function signalsIn(path: string, { platform }: ToolPlatform): Promise<ShownSignal[]> {
  const { files, decompressZstd } = platform;
  const { view } = await new BatchFileReader({ files, kernel, decompressZstd }).view(path);
  const rows = Array.from({ length: view.rows }, (_, row) => signalAt(view, row)!);
  return [...rows, ...view.metadata.map(metadataSignal)];
}

const JSON_LINES = `{"metric":{"__name__":"up","job":"node"},"values":[1,0,1e999],` +
  `"timestamps":[${START_MS},${START_MS + 1000},${START_MS + 3000}]}\n` +
  `{"metric":{"__name__":"requests_total","quote":"a\\"b\\\\c\\nd"},"values":[7],` +
  `"timestamps":[${START_MS}]}\n`;
const SECONDS = START_MS / 1000;
const PAGE = `up{job="node"} 1 ${SECONDS}.000\nup{job="node"} 0 ${SECONDS + 1}.000\n` +
  `up{job="node"} NaN ${SECONDS + 2}.000\nup{job="node"} +Inf ${SECONDS + 3}.000\n` +
  `requests_total{quote="a\\"b\\\\c\\nd"} 7 ${SECONDS}.000\n# EOF\n`;
const NOT_CARRIED = {
  histograms: 1,
  exemplars: 1,
  metadata: 1,
  staleMarkers: 1,
  notNumbers: 0,
  starts: 1,
  unsupported: 0,
};

for (
  const [form, text, samplesIn] of [["jsonl", JSON_LINES, 4], ["openmetrics", PAGE, 5]] as const
) {
  test(`${form}: the samples of a queue, and what is not carried is counted`, async () => {
    const tools = toolsOn();
    tools.platform.files.plant("/data/a/wal/1.committed", fileOf(ALL_KINDS));
    const sink = textSink();
    const exported = await exportText({ dataPath: "/data", form }, sink, tools);
    assert.equal(sink.text, text);
    assert.deepEqual(exported, {
      files: 1,
      samples: samplesIn,
      gone: 0,
      damaged: 0,
      notCarried: { ...NOT_CARRIED, notNumbers: 5 - samplesIn },
    });
  });

  test(`${form}: what was written is imported as it was`, async () => {
    const tools = toolsOn();
    const { files } = tools.platform;
    files.plant("/text", new TextEncoder().encode(text));
    const options = { from: "/text", form, dataPath: "/data", endpoints: ["a", "b"] };
    const imported = await importText(options, tools);
    assert.deepEqual([imported.files, imported.signals, imported.invalid], [2, 2 * samplesIn, 0]);
    const sink = textSink();
    await exportText({ dataPath: "/data", endpoint: "b", form }, sink, tools);
    assert.equal(sink.text, text);
    const again = await importText(options, tools);
    assert.deepEqual([again.files, again.before], [0, 2]);
  });

  test(`${form}: converted to a batch and back`, async () => {
    const tools = toolsOn();
    tools.platform.files.plant("/text", new TextEncoder().encode(text));
    assert.equal(await formOf(tools.platform.files, "/text"), form);
    const converted = await convertToBatch({ from: "/text", to: "/batch" }, "walq", tools);
    assert.deepEqual([converted.from, converted.signals], [form, samplesIn]);
    const sink = textSink();
    await convertToText("/batch", form, sink, tools);
    assert.equal(sink.text, text);
  });
}

test("infinities and NaN as versions of VictoriaMetrics write them", async () => {
  const tools = toolsOn();
  const { files } = tools.platform;
  const line = '{"metric":{"__name__":"a,Inf,b"},"values":[V],"timestamps":[1,2,3]}\n';
  for (
    const values of [
      "+Inf,-Inf,NaN",
      "Inf,-Inf,NaN",
      '"Infinity","-Infinity",null',
      "1e999,-1e999,null",
    ]
  ) {
    files.plant("/text", new TextEncoder().encode(line.replace("V", values)));
    files.removeFile("/batch");
    await convertToBatch({ from: "/text", to: "/batch" }, "walq", tools);
    const shown = await signalsIn("/batch", tools);
    assert.deepEqual(shown.map((one) => one.kind === "sample" && one.value), [
      "+Inf",
      "-Inf",
      "NaN",
    ]);
  }
});

test("only the samples of a time, of one endpoint that is named where there are more", async () => {
  const tools = toolsOn();
  for (const [name, number] of [["a", 1], ["a", 2], ["b", 3]] as const) {
    tools.platform.files.plant(`/data/${name}/wal/${number}.committed`, fileOf(numbered(number)));
  }
  const choice = { dataPath: "/data", form: "openmetrics" } as const;
  await assert.rejects(exportText(choice, textSink(), tools), /"a", "b".*--endpoint/);
  await assert.rejects(
    exportText({ ...choice, endpoint: "c" }, textSink(), tools),
    /no endpoint "c"/,
  );
  const sink = textSink();
  const range = { fromMs: START_MS + 120_000, toMs: START_MS + 120_001 };
  await exportText({ ...choice, ...range, endpoint: "a" }, sink, tools);
  assert.equal(sink.text, `number{n="2"} 2 ${SECONDS + 120}.000\n# EOF\n`);
});

test("a batch of walq's format comes out of a conversion as it went in, each signal of it", async () => {
  const tools = toolsOn();
  tools.platform.files.plant("/from", fileOf(ALL_KINDS));
  const converted = await convertToBatch({ from: "/from", to: "/to" }, "walq", tools);
  assert.equal(converted.signals, 9);
  assert.deepEqual(Object.values(converted.notCarried).filter((count) => count > 0), []);
  assert.deepEqual(await signalsIn("/to", tools), await signalsIn("/from", tools));
});

test("what Alloy's format cannot carry is counted", async () => {
  const tools = toolsOn();
  tools.platform.files.plant("/from", fileOf(ALL_KINDS));
  const { signals, notCarried } = await convertToBatch(
    { from: "/from", to: "/to" },
    "alloy",
    tools,
  );
  const left = await signalsIn("/to", tools);
  assert.equal(left.length, signals);
  const { histograms, exemplars, metadata, starts } = notCarried;
  assert.equal(signals + histograms + exemplars + metadata, 9);
  assert.deepEqual([exemplars, starts], [1, 1]);
  const back = await convertToBatch({ from: "/to", to: "/back" }, "walq", tools);
  assert.equal(back.signals, signals);
});

test("what is there is not written over, and what cannot be is refused", async () => {
  const tools = toolsOn();
  const { files } = tools.platform;
  files.plant("/from", fileOf(ALL_KINDS));
  files.plant("/text", new TextEncoder().encode(PAGE));
  files.plant("/zip", Uint8Array.of(0x50, 0x4b, 3, 4, 0, 0));
  const convert = (from: string, to: string, form: Form = "walq") =>
    convertToBatch({ from, to }, form as "walq", tools);
  await assert.rejects(convert("/from", "/text"), /is there already/);
  await assert.rejects(convert("/zip", "/new"), { code: "UNSUPPORTED_FORMAT" });
  await assert.rejects(
    convertToText("/text", "jsonl", textSink(), tools),
    /convert it to walq first/,
  );
  assert.deepEqual(files.paths(), ["/from", "/text", "/zip"]);
});

test("a line that is wrong is told by its number", async () => {
  const cases: ["jsonl" | "openmetrics", string, RegExp][] = [
    [
      "jsonl",
      "\n{",
      /"\/text", line 2, which is its last: the line is no JSON: it ends at column 2/,
    ],
    ["jsonl", "\n{\n", /"\/text", line 2: the line is no JSON: it ends at column 2, wanted a name/],
    ["jsonl", "[]\n", /line 1: the line is not an object/],
    [
      "jsonl",
      '{"metric":{"a":1},"values":[],"timestamps":[]}',
      /line 1: metric is not an object of texts/,
    ],
    ["jsonl", '{"metric":{},"values":1,"timestamps":[]}', /values is not a list/],
    ["jsonl", '{"metric":{},"values":[1],"timestamps":[]}', /timestamps is not a list of 1/],
    ["jsonl", '{"metric":{},"values":[{}],"timestamps":[1]}', /values\[0\] is not a number/],
    ["jsonl", '{"metric":{},"values":[1],"timestamps":[1.5]}', /timestamps\[0\] is not whole/],
    ["openmetrics", "up 1 1\nup{ 2\n# EOF\n", /"\/text".*line 2/],
    ["openmetrics", "up 1\n# EOF\nup 2\n", /it ends at line 3 without "# EOF"/],
  ];
  for (const [form, text, message] of cases) {
    const tools = toolsOn();
    tools.platform.files.plant("/text", new TextEncoder().encode(text));
    const options = { from: "/text", form, dataPath: "/data", endpoints: ["a"] };
    await assert.rejects(importText(options, tools), { code: "INVALID_REQUEST", message }, text);
  }
});

test("series that break a rule are left out, counted, and the first is told", async () => {
  const tools = toolsOn();
  const line = (metric: object): string =>
    `${JSON.stringify({ metric, values: [1], timestamps: [1] })}\n`;
  const text = line({ job: "x" }) + line({ __name__: "up" }) + line({ __name__: "" });
  tools.platform.files.plant("/text", new TextEncoder().encode(text));
  const options = { from: "/text", form: "jsonl", dataPath: "/data", endpoints: ["a"] } as const;
  const imported = await importText(options, tools);
  assert.deepEqual([imported.signals, imported.invalid], [1, 2]);
  assert.match(imported.firstInvalid!, /__name__/);
});

test("a long text is read in pieces of whole lines, which come back as they were", async () => {
  const { files } = toolsOn().platform;
  const lines = Array.from({ length: 5_000 }, (_, at) => `line ${at} ${"x".repeat(at % 300)}`);
  const text = lines.join("\n");
  files.plant("/text", new TextEncoder().encode(text));
  for (const bytes of [1, 1_000, 100_000, 10 ** 9]) {
    let whole = "";
    for await (const chunk of lineChunks(partsOfFile(files, "/text"), "/text", bytes)) {
      assert.equal(chunk.firstLine, whole.split("\n").length);
      whole += new TextDecoder().decode(chunk.bytes);
      assert.ok(whole.endsWith("\n"));
    }
    assert.equal(whole, `${text}\n`);
  }
});

test("of a stream come the parts of a file, however it is cut", async () => {
  const { files } = toolsOn().platform;
  const bytes = Uint8Array.from({ length: 700_000 }, (_, at) => at % 251);
  files.plant("/text", bytes);
  const wanted = await all(partsOfFile(files, "/text"));
  assert.deepEqual(wanted.map(({ length }) => length), [262_144, 262_144, 175_712]);
  for (const size of [1_000, 262_144, 300_000, 800_000]) {
    assert.deepEqual(await all(partsOfStream(inChunks(bytes, size))), wanted);
  }
  assert.deepEqual(await all(partsOfStream(inChunks(new Uint8Array(), 5))), []);
});

async function all<Item>(items: AsyncIterable<Item>): Promise<Item[]> {
  const found: Item[] = [];
  for await (const item of items) found.push(item);
  return found;
}

async function* inChunks(bytes: Uint8Array, size: number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += size) {
    yield await Promise.resolve(bytes.slice(at, at + size));
  }
}

test("OpenMetrics that is cut anywhere is refused before anything of it is taken, and so is JSON in its last line", async () => {
  const cases = [
    ["openmetrics", PAGE, [...Array(PAGE.length - 1).keys()]],
    ["jsonl", JSON_LINES, [...Array(JSON_LINES.length - 1).keys()]],
  ] as const;
  for (const [form, text, cuts] of cases) {
    for (const cut of cuts) {
      const left = text.slice(0, cut);
      // That is all of it, but for the line feed; and between two lines of JSON nobody can tell.
      if (form === "openmetrics" ? left.endsWith("\n# EOF") : /^$|[}\n]$/.test(left)) continue;
      const tools = toolsOn();
      tools.platform.files.plant("/text", new TextEncoder().encode(left));
      const lines = left.split("\n").length - Number(left.endsWith("\n") || left === "");
      const message = form === "openmetrics"
        ? new RegExp(`^Cannot read "/text": it ends at line ${lines} without "# EOF"`)
        : new RegExp(`^Cannot read "/text", line ${lines}, which is its last: the line is no JSON`);
      const options = { from: "/text", form, dataPath: "/data", endpoints: ["a"] };
      await assert.rejects(importText(options, tools), { code: "INVALID_REQUEST", message });
      await assert.rejects(convertToBatch({ from: "/text", to: "/batch" }, "walq", tools));
      assert.deepEqual(tools.platform.files.paths(), ["/text"], `${form}, ${cut}`);
    }
  }
});

/** A text of several pieces: so many lines. */
function longText(form: "jsonl" | "openmetrics", lines: number): string {
  const filling = "x".repeat(1_000);
  const line = (at: number): string =>
    form === "jsonl"
      ? `{"metric":{"__name__":"m","filling":"${filling}"},"values":[${at}],"timestamps":[${at}]}\n`
      : `m{filling="${filling}"} ${at} ${at}.000\n`;
  const text = Array.from({ length: lines }, (_, at) => line(at)).join("");
  return form === "jsonl" ? text : `${text}# EOF\n`;
}

for (const form of ["jsonl", "openmetrics"] as const) {
  test(`${form} that comes through a stream and is cut is taken up to there, and the whole adds the rest`, async () => {
    const tools = toolsOn();
    const bytes = new TextEncoder().encode(longText(form, 9_000));
    const importStream = (length: number) =>
      importText({
        from: "standard input",
        stream: inChunks(bytes.subarray(0, length), 65_536),
        form,
        dataPath: "/data",
        endpoints: ["a"],
      }, tools);
    const cut = await importStream(bytes.length - 30);
    assert.equal(cut.files, 2);
    assert.match(
      cut.stopped!,
      /^Cannot read "standard input".*(?:line 9000: the line is no|at line 9000 without)/,
    );
    const whole = await importStream(bytes.length);
    assert.deepEqual([whole.before, whole.stopped], [2, undefined]);
    assert.equal(cut.signals + whole.signals, 9_000);
    await assert.rejects(importStream(100), { code: "INVALID_REQUEST" });
    // The same text as a file has the same pieces.
    tools.platform.files.plant("/text", bytes);
    const again = await importText(
      { from: "/text", form, dataPath: "/data", endpoints: ["a"] },
      tools,
    );
    assert.deepEqual([again.files, again.before], [0, 3]);
  });
}

test("what is behind the end of OpenMetrics is refused, also where a piece ends there", async () => {
  const tools = toolsOn();
  const end = new TextEnd("openmetrics", "/text");
  const piece = (text: string, firstLine: number) => ({
    bytes: new TextEncoder().encode(text),
    firstLine,
    isLast: false,
  });
  end.pass(piece("up 1\n# EOF\n", 1));
  assert.throws(() => end.pass(piece("up 2\n", 3)), /"\/text", line 3: got more behind "# EOF"/);
  tools.platform.files.plant("/text", new TextEncoder().encode("up 1\n# EOF\nup 2\n# EOF\n"));
  const options = {
    from: "/text",
    form: "openmetrics",
    dataPath: "/data",
    endpoints: ["a"],
  } as const;
  await assert.rejects(importText(options, tools), { code: "INVALID_REQUEST" });
});

test("a line that is wrong in a later piece says what stopped it, and what is before is in the queue", async () => {
  const tools = toolsOn();
  const text = longText("openmetrics", 9_000).replace(/ 8999 8999.000\n/, " 8999 x\n");
  tools.platform.files.plant("/text", new TextEncoder().encode(text));
  const options = {
    from: "/text",
    form: "openmetrics",
    dataPath: "/data",
    endpoints: ["a"],
  } as const;
  const imported = await importText(options, tools);
  assert.equal(imported.files, 2);
  assert.match(imported.stopped!, /^Cannot read "\/text", behind line \d+: line \d+: /);
});

test("an import of a text that is killed at any step and run again has each piece once", async () => {
  const series = Array.from({ length: 60 }, (_, at) => samples([["__name__", `m${at}`]], [at]));
  const start = async (): Promise<MemoryPlatform> => {
    const platform = new MemoryPlatform();
    platform.files.plant("/q/a/wal/1.committed", fileOf({ series, metadata: [] }));
    const sink = textSink();
    await exportText({ dataPath: "/q", form: "jsonl" }, sink, toolsOn(platform));
    platform.files.plant("/text", new TextEncoder().encode(sink.text));
    return platform;
  };
  const options = {
    from: "/text",
    form: "jsonl",
    dataPath: "/data",
    endpoints: ["a", "b"],
  } as const;
  for (let last = 1;; last++) {
    const next = await killedAt(
      last,
      "random",
      await start(),
      (platform) => importText(options, toolsOn(platform)),
    );
    if (next === undefined) {
      assert.ok(last > 30);
      return;
    }
    await importText(options, toolsOn(next));
    for (const endpoint of ["a", "b"]) {
      const sink = textSink();
      await exportText({ dataPath: "/data", endpoint, form: "jsonl" }, sink, toolsOn(next));
      assert.equal(sink.text.trim().split("\n").length, 60, `step ${last}`);
    }
  }
});
