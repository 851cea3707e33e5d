import assert from "node:assert/strict";
import { test } from "node:test";
import { main } from "../../src/agent/cli.ts";
import { listenError } from "../../src/agent/listen_error.ts";
import { StreamError, WalqError } from "../../src/errors.ts";
import { OptionsError } from "../../src/options.ts";
import { ask, deferred, FakeHost, putFile } from "./support.ts";

const CONFIG = "remote_write:\n  - url: http://host/\n    name: a\n    bearer_token: hunter2\n";
const RUN = ["run", "--config", "/etc/walq.yaml"];

async function hostWith(args: readonly string[], config: string = CONFIG): Promise<FakeHost> {
  const host = new FakeHost(args);
  await putFile(host, "/etc/walq.yaml", config);
  return host;
}

/** Runs the program until it opens the queue, which waits for `opening`. */
async function startOf(host: FakeHost) {
  const opening = deferred<void>();
  const reached = deferred<void>();
  host.onOpen = () => {
    reached.resolve();
    return opening.promise;
  };
  const ended = main(host);
  await reached.promise;
  return { opening, ended };
}

async function statusOf(host: FakeHost, path: string): Promise<number> {
  return (await ask(host.handler!, new Request(`http://127.0.0.1${path}`))).status;
}

test("a wrong command line ends with 2, what is wrong, and where to look", async () => {
  const cases: [string[], RegExp][] = [
    [[], /expected a command/],
    [["go"], /unknown command "go"/],
    [["run"], /run needs --config FILE/],
    [["run", "--config"], /--config needs a value/],
    [[...RUN, "--cofnig", "x"], /unknown option "--cofnig" of run/],
    [[...RUN, "more"], /unknown argument behind "\/etc\/walq.yaml" of run/],
    [["hunter2"], /unknown command that is not shown, expected run, agent, check, demo.* or help$/],
    [[...RUN, "--pass:hunter2"], /unknown option that is not shown of run/],
    [
      ["check", "--config", "x", "--shutdown-grace", "1s"],
      /unknown option "--shutdown-grace" of check/,
    ],
    [[...RUN, "--shutdown-grace", "5"], /--shutdown-grace: got "5"/],
    [[...RUN, "--log-format=xml"], /--log-format: got "xml"/],
    [[...RUN, "--outage"], /unknown option "--outage" of run/],
    [[...RUN, "--syntax-only"], /unknown option "--syntax-only" of run/],
    [["check", "--syntax-only=yes", "--config", "x"], /unknown option "--syntax-only" of check/],
  ];
  for (const [args, message] of cases) {
    const host = new FakeHost(args);
    assert.equal(await main(host), 2, args.join(" "));
    assert.match(host.errLines[0]!, message);
    assert.match(host.errLines[1]!, /^Try "walq (?:(?:run|check) )?--help"\.$/);
    assert.deepEqual(host.events, []);
    assert.doesNotMatch(host.errLines.join("\n"), /hunter2/);
  }
});

test("--help and --version print and end with 0", async () => {
  const help = new FakeHost(["run", "--help"]);
  assert.equal(await main(help), 0);
  assert.match(help.outLines.join("\n"), /--shutdown-grace/);
  const version = new FakeHost(["--version"]);
  assert.equal(await main(version), 0);
  assert.match(version.outLines[0]!, /^walq \d+\.\d+\.\d+ on memory$/);
});

test("check tells OK or what is wrong, and starts nothing", async () => {
  const good = await hostWith(["check", "--config=/etc/walq.yaml"]);
  assert.equal(await main(good), 0);
  assert.deepEqual(good.outLines, ["OK: /etc/walq.yaml sends to a"]);
  const wrong = await hostWith(["check", "--config=/etc/walq.yaml", "--set", "queue.ttl=0s"]);
  assert.equal(await main(wrong), 1);
  assert.match(wrong.errLines[0]!, /--set queue\.ttl: got "0s"/);
  const none = new FakeHost(["check", "--config", "/none.yaml"]);
  assert.equal(await main(none), 1);
  assert.match(none.errLines[0]!, /Cannot read configuration "\/none\.yaml"/);
  assert.deepEqual([...good.events, ...wrong.events, ...none.events], []);
});

test("check says of a process that sends nothing that it does not", async () => {
  const store = "queue: { data_path: d, store: { url: 'nats://a/metrics', sends: false } }\n";
  for (
    const [endpoints, others] of [
      ["remote_write: [{ url: http://a/, name: a }]\n", "; a: not sent to from here"],
      ["scrape_configs: []\n", ""],
    ]
  ) {
    const host = await hostWith(["check", "--config=/etc/walq.yaml"], store + endpoints);
    assert.equal(await main(host), 0, host.errLines.join("\n"));
    assert.equal(
      host.outLines.at(-1),
      "OK: /etc/walq.yaml sends nothing itself (queue.store.sends is false): what comes in goes " +
        `into the stream metrics${others}`,
    );
  }
});

test("check of the syntax alone looks for no file that is named", async () => {
  const config = `${CONFIG}    tls_config: { ca_file: no }
server: { web_config_file: no }
scrape_config_files: [no.yml]
scrape_configs: [{ job_name: a, bearer_token_file: no }]
`;
  const whole = await hostWith(["check", "--config=/etc/walq.yaml"], config);
  assert.equal(await main(whole), 1);
  assert.match(whole.errLines.join("\n"), /:5: .*ca_file.*\n.*:8: .*bearer_token_file/);
  const syntax = await hostWith(["check", "--syntax-only", "--config=/etc/walq.yaml"], config);
  assert.equal(await main(syntax), 0, syntax.errLines.join("\n"));
  assert.equal(syntax.outLines.at(-1), "OK: /etc/walq.yaml sends to a");
  const bad = await hostWith(
    ["check", "--config=/etc/walq.yaml", "--syntax-only"],
    `${config}a: b\n`,
  );
  assert.equal(await main(bad), 1);
});

test("SIGTERM stops listening, drains for the grace, closes, and ends with 0", async () => {
  const host = await hostWith([...RUN, "--shutdown-grace", "7s"]);
  const ended = main(host);
  await host.ready;
  assert.equal(await statusOf(host, "/-/ready"), 200);
  host.onStop = async () => assert.equal(await statusOf(host, "/-/ready"), 503);
  host.signal("SIGTERM");
  assert.equal(await ended, 0);
  assert.deepEqual(host.events, ["listen", "open", "stop", "kill"]);
  assert.deepEqual(host.queue.closed, [7_000]);
  assert.doesNotMatch(host.errLines.join("\n"), /hunter2/);
  assert.equal(host.platform.time.timers, 0);
});

test("requests that hang do not keep the program from ending", async () => {
  const host = await hostWith(RUN);
  const ended = main(host);
  await host.ready;
  host.onStop = () => new Promise(() => {});
  host.signal("SIGINT");
  await host.platform.time.advance(2_000);
  assert.equal(await ended, 0);
  assert.deepEqual(host.queue.closed, [5_000]);
});

test("a disk that does not answer does not keep the program from ending, and is told", async () => {
  const host = await hostWith(RUN);
  const ended = main(host);
  await host.ready;
  host.queue.onClose = () => new Promise(() => {});
  host.signal("SIGTERM");
  await host.platform.time.advance(15_000);
  assert.equal(await ended, 1);
  assert.match(host.errLines.join("\n"), /the disk does not answer/);
  assert.equal(host.platform.time.timers, 0);
});

test("a second signal ends the process at once", async () => {
  const host = await hostWith(RUN);
  void main(host);
  await host.ready;
  host.onStop = () => new Promise(() => {});
  host.signal("SIGTERM");
  host.signal("SIGTERM");
  assert.deepEqual(host.exits, [1]);
});

test("while the queue recovers, senders are told to come again", async () => {
  const host = await hostWith(RUN);
  const { opening, ended } = await startOf(host);
  assert.equal(await statusOf(host, "/-/ready"), 503);
  assert.equal(await statusOf(host, "/-/healthy"), 200);
  const headers = { "content-type": "application/x-protobuf", "content-encoding": "snappy" };
  const push = new Request("http://127.0.0.1/api/v1/write", { method: "POST", headers, body: "x" });
  const answer = await ask(host.handler!, push);
  assert.equal(answer.status, 503);
  assert.ok(answer.headers.has("retry-after"));
  opening.resolve();
  await host.ready;
  host.signal("SIGTERM");
  assert.equal(await ended, 0);
});

test("a signal during the start closes the queue as soon as it is open, and ends with 0", async () => {
  const host = await hostWith(RUN);
  const { opening, ended } = await startOf(host);
  host.signal("SIGHUP");
  host.signal("SIGTERM");
  await host.platform.time.advance(4_000);
  assert.equal((await ask(host.handler!, new Request("http://127.0.0.1/-/ready"))).status, 503);
  opening.resolve();
  assert.equal(await ended, 0);
  assert.deepEqual(host.events, ["listen", "open", "stop", "kill"]);
  assert.deepEqual([host.queue.closed, host.queue.updates], [[0], []]);
  const log = host.errLines.join("\n");
  assert.match(log, /stopping during the start" signal=SIGTERM grace_ms=5000/);
  assert.match(log, /what is pending is on disk/);
  assert.doesNotMatch(log, /ready/);
  assert.equal(host.platform.time.timers, 0);
});

test("a signal during a start that does not get on ends with 1 after the grace, and says so", async () => {
  for (const [grace, graceMs] of [["7s", 7_000], ["0s", 0]] as const) {
    const host = await hostWith([...RUN, "--shutdown-grace", grace]);
    const { ended } = await startOf(host);
    host.signal("SIGINT");
    await host.platform.time.advance(graceMs);
    assert.equal(await ended, 1);
    const line = `the queue does not open; stopped without it" waited_ms=${graceMs}`;
    assert.ok(host.errLines.at(-1)!.includes(line));
    assert.deepEqual(host.events, ["listen", "kill"]);
    assert.equal(host.platform.time.timers, 0);
  }
});

test("what is pending in a stream is said to be there", async () => {
  const host = await hostWith(RUN);
  const stats = host.queue.stats();
  const stream = {
    stream: "metrics",
    partitions: 1,
    sends: true,
    owner: "me",
    sent: [0],
    senders: ["me"],
    unowned: 0,
    keptFor: [],
  };
  host.queue.stats = () => ({ ...stats, stream });
  const ended = main(host);
  await host.ready;
  host.signal("SIGTERM");
  assert.equal(await ended, 0);
  assert.match(host.errLines.at(-1)!, /what is pending is in the stream/);
});

/** As a queue in a stream does whose servers are not there. */
function unreached(): WalqError {
  const cause = new StreamError("unavailable", "cannot connect");
  return new WalqError("STORAGE", "Cannot open the stream nats://a/b: cannot connect", { cause });
}

test("a start before the servers of its stream are there waits for one, and says so once", async () => {
  const host = await hostWith(RUN);
  let attempts = 0;
  host.onOpen = () => ++attempts < 6 ? Promise.reject(unreached()) : Promise.resolve();
  const ended = main(host);
  await host.platform.time.settle();
  assert.equal(await statusOf(host, "/-/ready"), 503);
  assert.equal(await statusOf(host, "/-/healthy"), 200);
  await host.platform.time.advance(25_000);
  assert.equal(attempts, 5);
  assert.equal(await statusOf(host, "/-/ready"), 503);
  await host.platform.time.advance(15_000);
  await host.ready;
  assert.equal(await statusOf(host, "/-/ready"), 200);
  const log = host.errLines.join("\n");
  assert.equal(log.match(/no server of the stream answers/g)?.length, 1);
  assert.match(log, /level=warn .*no server of the stream answers.*cannot connect/);
  assert.match(log, /a server of the stream answers" waited_ms=30000/);
  host.signal("SIGTERM");
  assert.equal(await ended, 0);
});

test("a signal ends the wait for servers at once, also while one is asked", async () => {
  for (const isAsked of [false, true]) {
    const host = await hostWith(RUN);
    let attempts = 0;
    host.onOpen = () => {
      return isAsked && ++attempts > 1 ? new Promise(() => {}) : Promise.reject(unreached());
    };
    const ended = main(host);
    await host.platform.time.settle();
    await host.platform.time.advance(1_500);
    host.signal("SIGTERM");
    assert.equal(await ended, 0);
    assert.match(host.errLines.at(-1)!, /stopped; no server of the stream has answered/);
    assert.deepEqual(host.events, ["listen", "kill"]);
    assert.equal(host.platform.time.timers, 0);
  }
});

test("a stream that somebody has to mend ends the start, also after servers were waited for", async () => {
  const host = await hostWith(RUN);
  const wrong = new WalqError("INVALID_OPTIONS", "it has 4 partitions");
  let attempts = 0;
  host.onOpen = () => Promise.reject(++attempts === 1 ? unreached() : wrong);
  const ended = main(host);
  await host.platform.time.settle();
  await host.platform.time.advance(1_000);
  assert.equal(await ended, 1);
  assert.match(host.errLines.at(-1)!, /it has 4 partitions/);
});

test("a start that fails after a signal says why, as ever", async () => {
  const host = await hostWith(RUN);
  const { opening, ended } = await startOf(host);
  host.signal("SIGTERM");
  await host.platform.time.settle();
  opening.reject(new WalqError("LOCKED", "somebody owns it"));
  assert.equal(await ended, 1);
  assert.equal(host.errLines.at(-1), "walq: somebody owns it");
  assert.deepEqual(host.events, ["listen", "kill"]);
});

test("an address of IPv6 is logged as it is written in a URL", async () => {
  const host = await hostWith([...RUN, "--set", 'server.listen="[::1]:9100"']);
  const ended = main(host);
  await host.ready;
  assert.match(host.errLines.join("\n"), / listen=\[::1\]:9100 /);
  host.signal("SIGTERM");
  assert.equal(await ended, 0);
});

test("a signal while the configuration is read ends the program before it starts", async () => {
  const host = await hostWith(RUN);
  const ended = main(host);
  host.signal("SIGHUP");
  host.signal("SIGTERM");
  assert.equal(await ended, 0);
  assert.match(host.errLines.join("\n"), /stopped before the start" signal=SIGTERM/);
  assert.deepEqual(host.events, []);
});

test("check ends at a signal to stop, and not at SIGHUP", async () => {
  const host = await hostWith(["check", "--config=/etc/walq.yaml"]);
  const ended = main(host);
  host.signal("SIGHUP");
  assert.deepEqual(host.exits, []);
  host.signal("SIGINT");
  assert.deepEqual(host.exits, [1]);
  await ended;
});

test("what is to be said of a configuration is in the log at each reading, and check prints it", async () => {
  const text = `${CONFIG}    queue_config: { capacity: 1 }\nqueue: { ttl: 1d }\n`;
  const host = await hostWith(RUN, text);
  const ended = main(host);
  await host.ready;
  host.signal("SIGHUP");
  await host.platform.time.settle();
  host.signal("SIGTERM");
  assert.equal(await ended, 0);
  const log = host.errLines.join("\n");
  const line =
    /level=info msg="what waits is on disk, not in memory" key=remote_write\[0\]\.queue_config\.capacity place=\/etc\/walq\.yaml:5/g;
  assert.equal(log.match(line)?.length, 2);
  assert.match(log, /an outage that lasts longer loses data" ttl=1d/);
  const check = await hostWith(["check", "--config=/etc/walq.yaml"], text);
  assert.equal(await main(check), 0);
  assert.deepEqual(check.outLines, [
    "info: /etc/walq.yaml:5: remote_write[0].queue_config.capacity: what waits is on disk, not in memory",
    "OK: /etc/walq.yaml sends to a",
  ]);
});

test("a configuration that came through a pipe is not read again, and that is told", async () => {
  for (const [path, name] of [["-", "standard input"], ["/dev/fd/63", "/dev/fd/63"]] as const) {
    const host = new FakeHost(["run", "--config", path]);
    host.source = { bytes: new TextEncoder().encode(CONFIG), isPlainFile: false };
    const ended = main(host);
    await host.ready;
    host.source = undefined;
    host.signal("SIGHUP");
    await host.platform.time.settle();
    host.signal("SIGTERM");
    assert.equal(await ended, 0);
    const error = `error="${name} cannot be read again: a file can"`;
    assert.ok(host.errLines.some((line) => line.includes(error)), host.errLines.join("\n"));
    assert.deepEqual(host.queue.updates, []);
  }
});

test("a configuration that nobody writes to its pipe does not keep a signal from ending the program", async () => {
  const host = new FakeHost(["run", "--config", "-"]);
  const asked = deferred<void>();
  host.onRead = () => {
    asked.resolve();
    return new Promise(() => {});
  };
  const ended = main(host);
  await asked.promise;
  host.signal("SIGTERM");
  assert.equal(await ended, 0);
});

test("a port in use and a data path in use are clear errors with exit code 1", async () => {
  const port = await hostWith(RUN);
  port.onListen = () =>
    Promise.reject(
      listenError(
        { hostname: "127.0.0.1", port: 9099 },
        Object.assign(new Error("x"), { code: "EADDRINUSE" }),
      ),
    );
  assert.equal(await main(port), 1);
  assert.equal(
    port.errLines[0],
    "walq: Cannot listen on 127.0.0.1:9099: the port is in use; is walq running already?",
  );
  assert.deepEqual(port.events, []);
  const data = await hostWith(RUN);
  data.onOpen = () =>
    Promise.reject(new WalqError("LOCKED", 'The data path "data" is owned by process 7'));
  assert.equal(await main(data), 1);
  assert.equal(data.errLines[0], 'walq: The data path "data" is owned by process 7');
  assert.deepEqual(data.events, ["listen", "kill"]);
});

test("SIGHUP reloads; a wrong configuration changes nothing and is logged", async () => {
  const host = await hostWith(RUN);
  const ended = main(host);
  await host.ready;
  const updated = deferred<void>();
  host.queue.onUpdate = () => {
    updated.resolve();
    return Promise.resolve();
  };
  const metrics = async (): Promise<string[]> => {
    const answer = await ask(host.handler!, new Request("http://127.0.0.1/metrics"));
    return (await answer.text()).match(/^walq_config_last_reload_success.*$/gm) ?? [];
  };
  const time = "walq_config_last_reload_success_timestamp_seconds";
  const startSeconds = host.platform.clock.nowMs() / 1000;
  await host.platform.time.advance(1_000);
  await putFile(host, "/etc/walq.yaml", "remote_write: 1");
  host.signal("SIGHUP");
  await host.platform.time.settle();
  assert.equal(host.queue.updates.length, 0);
  assert.deepEqual(await metrics(), [
    "walq_config_last_reload_successful 0",
    `${time} ${startSeconds}`,
  ]);
  await putFile(host, "/etc/walq.yaml", CONFIG.replace("name: a", "name: b"));
  host.signal("SIGHUP");
  await updated.promise;
  assert.equal(host.queue.updates[0]!.endpoints[0]!.name, "b");
  await host.platform.time.settle();
  assert.deepEqual(await metrics(), [
    "walq_config_last_reload_successful 1",
    `${time} ${startSeconds + 1}`,
  ]);
  host.signal("SIGTERM");
  assert.equal(await ended, 0);
  const log = host.errLines.join("\n");
  assert.match(log, /not reloaded, nothing was changed/);
  assert.match(log, /configuration reloaded/);
});

test("a file that changes between the check and the queue is told by line and key", async () => {
  const issue = { path: ["endpoints", 0, "bearerToken"], message: "cannot read the file" };
  const wrong = new OptionsError([issue]);
  const starting = await hostWith(RUN);
  starting.onOpen = () => Promise.reject(wrong);
  assert.equal(await main(starting), 1);
  const told = "/etc/walq.yaml:4: remote_write[0].bearer_token: cannot read the file";
  assert.ok(starting.errLines.join("\n").includes(told), starting.errLines.join("\n"));

  const reloading = await hostWith(RUN);
  const ended = main(reloading);
  await reloading.ready;
  reloading.queue.onUpdate = () => Promise.reject(wrong);
  reloading.signal("SIGHUP");
  await reloading.platform.time.settle();
  assert.ok(reloading.errLines.join("\n").includes(`nothing was changed" error="${told}"`));
  reloading.signal("SIGTERM");
  assert.equal(await ended, 0);
});

test("a reload with another data path changes nothing and says where it is written", async () => {
  const host = await hostWith(RUN, `${CONFIG}queue:\n  data_path: a\n`);
  const ended = main(host);
  await host.ready;
  await putFile(host, "/etc/walq.yaml", `${CONFIG}queue:\n  ttl: 1h\n  data_path: b\n`);
  host.signal("SIGHUP");
  await host.platform.time.settle();
  await putFile(host, "/etc/walq.yaml", CONFIG);
  host.signal("SIGHUP");
  await host.platform.time.settle();
  assert.equal(host.queue.updates.length, 0);
  const errors = host.errLines.filter((line) => line.includes("nothing was changed"));
  const messages = errors.map((line) => JSON.parse(line.slice(line.indexOf("error=") + 6)));
  assert.deepEqual(messages, [
    '/etc/walq.yaml:7: queue.data_path: got "b", expected "a": a change needs a restart',
    '/etc/walq.yaml: queue.data_path: got "data", expected "a": a change needs a restart',
  ]);
  host.signal("SIGTERM");
  assert.equal(await ended, 0);
});

test("a reload compares the server block with the one in use, not with the last one read", async () => {
  const host = await hostWith(RUN);
  const ended = main(host);
  await host.ready;
  const warnings = async (config: string): Promise<number> => {
    await putFile(host, "/etc/walq.yaml", config);
    host.signal("SIGHUP");
    await host.platform.time.settle();
    return host.errLines.filter((line) => line.includes("the server block needs a restart")).length;
  };
  const other = `${CONFIG}server: { listen: 127.0.0.1:9100 }\n`;
  assert.equal(await warnings(other), 1);
  assert.equal(await warnings(other), 2);
  assert.equal(await warnings(CONFIG), 2);
  host.signal("SIGTERM");
  assert.equal(await ended, 0);
});

test("a reload that hangs on the disk does not keep a signal from ending the program", async () => {
  const host = await hostWith(RUN);
  const ended = main(host);
  await host.ready;
  host.queue.onUpdate = () => new Promise(() => {});
  host.signal("SIGHUP");
  await host.platform.time.settle();
  host.signal("SIGTERM");
  await host.platform.time.advance(60_000);
  assert.equal(await ended, 0);
});
