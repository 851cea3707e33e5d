/** Influx's line protocol, by the documentation of InfluxDB and of Telegraf's two outputs. */
import assert from "node:assert/strict";
import { gzipSync } from "node:zlib";
import { test } from "node:test";
import { PushRig } from "./support.ts";

/** Lines, and what becomes of them. */
async function samplesOf(lines: string, query = "", path = "/write"): Promise<string[]> {
  const push = await new PushRig().open();
  const atMs = push.nowMs;
  assert.equal(await push.told(`${path}${query}`, lines), "204");
  return await push.arrived(atMs);
}

test("each field is a series of its measurement, with the tags as labels", async () => {
  const lines = "weather,location=us-midwest,season=summer temperature=82,humidity=71.5\n";
  assert.deepEqual(await samplesOf(lines), [
    "__name__=weather_humidity,location=us-midwest,season=summer 71.5 +0",
    "__name__=weather_temperature,location=us-midwest,season=summer 82 +0",
  ]);
});

test("types: floats, whole numbers, booleans; strings are passed over", async () => {
  const lines = String.raw`m a=1,b=-1.5e3,c=1e-2,d=.5,e=2.,f=+3
m g=12i,h=-12i,i=18446744073709551615u,j=9223372036854775807i
m k=t,l=T,m=true,n=True,o=TRUE,p=f,q=F,r=false,s=False,t=FALSE
m u="a \"b\" , c=d \\",v=1,w="
 over lines",x=2
only text="a string"`;
  const samples = await samplesOf(lines);
  const values = samples.map((sample) => sample.replace("__name__=m_", "").replace(" +0", ""));
  assert.deepEqual(values, [
    "a 1",
    "b -1500",
    "c 0.01",
    "d 0.5",
    "e 2",
    "f 3",
    "g 12",
    "h -12",
    "i 18446744073709552000",
    "j 9223372036854776000",
    ...["k", "l", "m", "n", "o"].map((name) => `${name} 1`),
    ...["p", "q", "r", "s", "t"].map((name) => `${name} 0`),
    "v 1",
    "x 2",
  ]);
});

test("escapes: of measurements, tags and fields", async () => {
  const lines = String.raw`my\ mea\,sure,tag\ k\=\,ey=va\ l\,u\=e\x fi\=e\,l\ d=1
back\\slash,a=b\\c d=2`;
  assert.deepEqual(await samplesOf(lines), [
    String.raw`__name__=back__slash_d,a=b\\c 2 +0`,
    String.raw`__name__=my_mea_sure_fi_e_l_d,tag_k__ey=va l,u=e\x 1 +0`,
  ]);
});

test("names that Prometheus does not take are written with underscores", async () => {
  assert.deepEqual(await samplesOf("9disk.io,dev-name=sda,größe=1 read:bytes/s=1\n"), [
    "__name__=_9disk_io_read:bytes_s,dev_name=sda,gr__e=1 1 +0",
  ]);
});

for (
  const [precision, timestamp] of [
    ["", (ms: number) => `${ms - 2000}123456`],
    ["n", (ms: number) => `${ms - 2000}999999`],
    ["ns", (ms: number) => `${ms - 2000}000001`],
    ["u", (ms: number) => `${ms - 2000}123`],
    ["us", (ms: number) => `${ms - 2000}999`],
    ["ms", (ms: number) => `${ms - 2000}`],
    ["s", (ms: number) => `${(ms - 2000) / 1000}`],
  ] as const
) {
  for (const path of ["/write", "/api/v2/write"]) {
    test(`${path} with precision "${precision}"`, async () => {
      const push = await new PushRig().open();
      const atMs = push.nowMs;
      const query = precision === "" ? "" : `?precision=${precision}`;
      assert.equal(await push.told(`${path}${query}`, `m v=1 ${timestamp(atMs)}\n`), "204");
      assert.deepEqual(await push.arrived(atMs), ["__name__=m_v 1 +-2000"]);
    });
  }
}

test("minutes and hours", async () => {
  const push = await new PushRig().open();
  const atMs = push.nowMs;
  const hour = Math.floor(atMs / 3_600_000);
  assert.equal(await push.told("/write?precision=h", `m v=1 ${hour}`), "204");
  assert.equal(await push.told("/write?precision=m", `m v=2 ${hour * 60 - 1}`), "204");
  const beginMs = hour * 3_600_000 - atMs;
  assert.deepEqual(await push.arrived(atMs), [
    `__name__=m_v 1 +${beginMs}`,
    `__name__=m_v 2 +${beginMs - 60_000}`,
  ]);
});

test("db is a label unless a tag says another; bucket and org are passed over", async () => {
  assert.deepEqual(await samplesOf("a v=1\nb,db=own v=2\n", "?db=telegraf&rp=x&u=me&p=secret"), [
    "__name__=a_v,db=telegraf 1 +0",
    "__name__=b_v,db=own 2 +0",
  ]);
  assert.deepEqual(await samplesOf("a v=1", "?bucket=b&org=o", "/api/v2/write"), [
    "__name__=a_v 1 +0",
  ]);
  assert.deepEqual(await samplesOf("a,x=1 v=1", "?extra_label=x=2", "/influx/write"), [
    "__name__=a_v,x=2 1 +0",
  ]);
});

test("comments, empty lines and carriage returns", async () => {
  assert.deepEqual(await samplesOf("# a comment\n\n  \r\na v=1\r\nb v=2  \r\n\n# end"), [
    "__name__=a_v 1 +0",
    "__name__=b_v 2 +0",
  ]);
});

for (
  const [line, told] of [
    ["m", /got the end of the line at byte 2, wanted a blank and fields/],
    ["m ", /wanted a field with "=" and a value/],
    [",a=b v=1", /wanted a measurement/],
    ["m,a v=1", /got " v=1" at byte 4, wanted a tag with "="/],
    ["m,=b v=1", /wanted the name of a tag/],
    ["m,a= v=1", /wanted the value of a tag/],
    ["m,a=b=c v=1", /wanted no "=" in the value of a tag/],
    ["m,a=1,a=2 v=1", /wanted no second label "a"/],
    ["m v", /wanted a field with "="/],
    ["m =1", /wanted the name of a field/],
    ["m v=", /wanted a number, a boolean or a string in quotes/],
    ["m v=NaN", /got "NaN" at byte 5, wanted a number/],
    ["m v=1.5i", /wanted a number/],
    ["m v=9223372036854775808i", /wanted a whole number from -9223372036854775808 to/],
    ["m v=-1u", /wanted a number/],
    ["m v=1e999", /wanted a number that a double can hold/],
    ['m v="open', /wanted a string that ends with a quote/],
    ['m v="a"b', /wanted a comma, a blank or the end of the line/],
    ["m v=1 soon", /got "soon" at byte 7, wanted a timestamp/],
    ["m v=1 1 2", /wanted a timestamp or the end of the line/],
    ["m v=1,", /wanted a field with "="/],
  ] as const
) {
  test(`a line that is wrong is told, and the others are kept: ${JSON.stringify(line)}`, async () => {
    const push = await new PushRig().open();
    const atMs = push.nowMs;
    const answer = await push.push("/write", `a v=1\n${line}\nb v=2\n`);
    assert.equal(answer.status, 400);
    const { error } = await answer.json() as { error: string };
    // By these words Telegraf knows that it is not to send it again.
    assert.match(error, /^partial write: unable to parse .*: line 2: /);
    assert.match(error, told);
    assert.match(error, /\(1 of 3 lines were left out\)$/);
    assert.deepEqual(await push.arrived(atMs), ["__name__=a_v 1 +0", "__name__=b_v 2 +0"]);
  });
}

test("bytes that are no UTF-8, and lines behind a string with line feeds, are counted right", async () => {
  const push = await new PushRig().open();
  const body = new Uint8Array([...new TextEncoder().encode('m s="a\nb\nc",v=1\nm,t='), 0xff, 0x20]);
  assert.match(await push.told("/write", body), /line 4: got .*wanted UTF-8/);
});

test("InfluxDB 2 is answered in its own form", async () => {
  const push = await new PushRig().open();
  const answer = await push.push("/api/v2/write?bucket=b", "m v=x");
  assert.equal(answer.status, 400);
  const { code, message } = await answer.json() as { code: string; message: string };
  assert.equal(code, "invalid");
  assert.match(message, /^line 1: got "x" at byte 5/);
  const wrong = await push.push("/api/v2/write?precision=weeks", "m v=1");
  assert.match(await wrong.text(), /Got precision \\"weeks\\", expected ns, us, ms, s, m or h/);
});

test("what is too old is told in words that Telegraf knows", async () => {
  const push = await new PushRig().open();
  const told = await push.told("/write", "m v=1 1000000000\n");
  assert.match(told, /^400 .*partial write: .*1 signal was refused and 0 accepted: 1 for ttl/);
});

test("as Telegraf's outputs.influxdb asks", async () => {
  const push = await new PushRig().open();
  const atMs = push.nowMs;
  const form = { "content-type": "application/x-www-form-urlencoded" };
  const created = await push.push("/query", "q=CREATE+DATABASE+%22telegraf%22", { headers: form });
  assert.equal(created.status, 200);
  assert.deepEqual(await created.json(), { results: [{ statement_id: 0 }] });
  const headers = {
    "content-type": "text/plain; charset=utf-8",
    "content-encoding": "gzip",
    "user-agent": "Telegraf/1.32.0 Go/1.23.0",
  };
  const lines = `cpu,cpu=cpu-total,host=pi usage_idle=97.5,usage_user=1.25 ${atMs}000000\n` +
    `disk,device=mmcblk0p2,fstype=ext4,host=pi,mode=rw,path=/ free=123i,used_percent=12.5 ${atMs}000000\n`;
  const written = await push.push(
    "/write?consistency=any&db=telegraf",
    new Uint8Array(gzipSync(lines)),
    {
      headers,
    },
  );
  assert.equal(written.status, 204);
  assert.deepEqual(await push.arrived(atMs), [
    "__name__=cpu_usage_idle,cpu=cpu-total,db=telegraf,host=pi 97.5 +0",
    "__name__=cpu_usage_user,cpu=cpu-total,db=telegraf,host=pi 1.25 +0",
    "__name__=disk_free,db=telegraf,device=mmcblk0p2,fstype=ext4,host=pi,mode=rw,path=/ 123 +0",
    "__name__=disk_used_percent,db=telegraf,device=mmcblk0p2,fstype=ext4,host=pi,mode=rw,path=/ 12.5 +0",
  ]);
});

test("what clients ask before they write", async () => {
  const push = await new PushRig().open();
  const ping = await push.push("/ping", null, { method: "GET" });
  assert.equal(ping.status, 204);
  assert.match(ping.headers.get("x-influxdb-version") ?? "", /^1\.8/);
  const health = await push.push("/health", null, { method: "GET" });
  assert.deepEqual((await health.json() as { status: string }).status, "pass");
  const created = await push.push("/query?q=create%20database%20x", null, { method: "GET" });
  assert.equal(created.status, 200);
  const dropped = await push.told("/query", "q=DROP+DATABASE+x");
  assert.match(dropped, /^400 .*got the query .*DROP DATABASE x/);
});

test("tags that make a small body large are refused", async () => {
  const push = await new PushRig().open();
  const atMs = push.nowMs;
  const fields = Array.from({ length: 20_000 }, (_, at) => `f${at}=1`).join();
  assert.match(await push.told("/write", `m,t=${"x".repeat(10_000)} ${fields}`), /^413 .*The tags/);
  assert.deepEqual(await push.arrived(atMs), []);
});
