/** Pages in text, each of which has one token in one form: some thousand. */
import { BLANKS, NAMES, NUMBERS, QUOTED, TIMES } from "./tokens.ts";
import { OPEN, OPEN_0, TEXT, TEXT_1 } from "./content_types.ts";

/** All formats that are text. */
export const FORMATS: readonly string[] = [TEXT, TEXT_1, OPEN, OPEN_0];

const TYPES =
  "counter gauge histogram gaugehistogram summary info stateset unknown untyped Counter COUNTER"
    .split(" ");

/** The pages for a format, without a `# EOF` where it is not needed. */
export function formsOf(contentType: string): string[] {
  const isOpen = contentType === OPEN || contentType === OPEN_0;
  const framed = [...tokens(), ...histograms(), ...(isOpen ? openTokens() : [])]
    .map((lines) => `before 1\n${lines}\nafter{a="b"} 2\n`);
  const ended = isOpen ? framed.map((page) => `${page}# EOF\n`) : framed;
  return [...ended, ...(isOpen ? ends() : textEnds())];
}

function tokens(): string[] {
  return [
    ...NUMBERS.flatMap((number) => [`m ${number}`, `m{l="v"} ${number} 5`]),
    ...TIMES.flatMap((time) => [`m 1 ${time}`, `m{l="v"} 1 ${time}`]),
    ...NAMES.flatMap((name) => [
      `${name} 1`,
      `${name}{l="v"} 1`,
      `m{${name}="v"} 1`,
      `m{l="v",${name}="w"} 1`,
      `# TYPE ${name} counter\n${name} 1`,
      `# HELP ${name} text`,
      `# UNIT ${name} b`,
    ]),
    ...QUOTED.flatMap((text) => [
      `{"${text}"} 1`,
      `{"${text}",l="v"} 1`,
      `{l="v","${text}"} 1`,
      `m{"${text}"="v"} 1`,
      `m{l="${text}"} 1`,
      `m{l="${text}",k="w"} 1`,
      `# TYPE "${text}" counter\n{"${text}"} 1`,
      `# HELP "${text}" text`,
      `# HELP m ${text}`,
      `# TYPE m ${text}`,
    ]),
    ...BLANKS.flatMap((blank) => [
      `${blank}m 1`,
      `m${blank}1`,
      `m ${blank}1`,
      `m 1${blank}`,
      `m 1 ${blank}5`,
      `m 1${blank}5`,
      `m 1 5${blank}`,
      `m${blank}{l="v"} 1`,
      `m{${blank}l="v"} 1`,
      `m{l${blank}="v"} 1`,
      `m{l=${blank}"v"} 1`,
      `m{l="v"${blank}} 1`,
      `m{l="v"${blank},k="w"} 1`,
      `m{l="v",${blank}k="w"} 1`,
      `m{l="v",${blank}} 1`,
      `m{l="v"}${blank}1`,
      `m{${blank}} 1`,
      `{${blank}"m.n"} 1`,
      `{"m.n"${blank}} 1`,
      `{"m.n"${blank},l="v"} 1`,
      `${blank}# HELP m text`,
      `#${blank}HELP m text`,
      `# HELP${blank}m text`,
      `# HELP m${blank}text`,
      `# HELP m text${blank}`,
      `# HELP m${blank}`,
      `# HELP${blank}`,
      `# TYPE m${blank}counter`,
      `# TYPE m counter${blank}`,
      `# TYPE${blank}m counter`,
      `#${blank}TYPE m counter`,
      `# TYPE m${blank}`,
      `# UNIT m_s${blank}s`,
      `# UNIT m_s s${blank}`,
      `#${blank}`,
      `#${blank}comment`,
      `# ${blank}comment`,
      blank,
    ]),
    ...labelLists(),
    ...TYPES.flatMap((type) => [
      `# TYPE m ${type}\nm{le="1",quantile="1"} 1\nm_total 2\nm_created 3\nm_sum 4\nm_count 5`,
      `# TYPE m ${type}\n# TYPE m gauge\nm 1`,
      `# HELP m one\n# TYPE m ${type}\n# HELP m two\nm 1`,
      `m 1\n# TYPE m ${type}\nm{a="b"} 1`,
      `# TYPE m ${type}\n# HELP other text\nm{le="1",quantile="1"} 1`,
      `# TYPE m ${type}\n# a comment\nm{le="1",quantile="1"} 1`,
    ]),
    ...NUMBERS.flatMap((number) => [
      `# TYPE m summary\nm{quantile="${number}"} 1`,
      `# TYPE m histogram\nm_bucket{le="${number}"} 1`,
    ]),
    ...METADATA,
    ...DUPLICATES,
  ];
}

function labelLists(): string[] {
  const lists = [
    ...['l="v"', 'l="v",', 'l="v",,', ',l="v"', ",", 'l="v" k="w"', 'l="v"k="w"', 'l="v";k="w"'],
    ...['l="v",l="w"', 'l="v",l="v"', 'l="",l="v"', 'l=""', "l", "l=", "l=v", "l='v'", 'l=="v"'],
    ...[
      'l="v',
      'l="v"}',
      '{l="v"',
      '"l"="v"',
      '"l"="v","l"="w"',
      '"l"="v",l="w"',
      '"a.b"',
      '"a.b",',
    ],
    ...['"a.b",,', '"a.b","c.d"', 'l="v","a.b"', '"a.b",l="v"', '"a.b" l="v"', '__name__="n"'],
    ...['"__name__"="n"', '"a.b",__name__="n"', 'l~"v"', 'l!="v"', 'l="v"="w"', '"a.b"="v"="w"'],
    ...['"a.b"}', '""', '""="v"', '"",l="v"', 'l="v"#', "# comment", 'job="x",instance="y"'],
    ...['z="1",y="2",x="3",a="4"', 'a="\\\\",b="\\""', 'l="v"\\', "\\", "\\n", '"l=\\"v\\""'],
  ];
  return [...lists.map((list) => `m{${list}} 1`), ...lists.map((list) => `{${list}} 1`), ...[
    "{} 1",
    "m{} 1",
    "m{}{} 1",
    'm{l="v"}{k="w"} 1',
    "m 1{}",
    'm 1 {l="v"}',
    'm"x" 1',
    '"m" 1',
    '"m"{l="v"} 1',
    "m {} 1",
    "m",
    "m{",
    "m}",
    'm{l="v"}',
    "{",
    "}",
  ]];
}

const METADATA: readonly string[] = [
  ...[
    "#",
    "##",
    "#HELP m text",
    "# HELP",
    "# HELP ",
    "# HELP m",
    "# HELP m ",
    "# HELP m  ",
    "# help m x",
  ],
  ...[
    "# HELPm x",
    "# HELP\tm\tx",
    "#\tHELP m x",
    "# HELP m\tx",
    "# HELP m{} x",
    '# HELP m{l="v"} x',
  ],
  ...[
    "# HELP 1m x",
    "# HELP m.n x",
    "# HELP m-n x",
    '# HELP "m" x',
    '# HELP "m.n" x',
    '# HELP "m.n"',
  ],
  ...[
    '# HELP "m.n"x',
    '# HELP "m x',
    "# HELP 'm' x",
    "# HELP m x\\ny",
    "# HELP m x\\\\y",
    '# HELP m x\\"y',
  ],
  ...[
    "# HELP m x\\",
    "# HELP m x\\\\\\",
    "# HELP m x\\y",
    "# HELP m \\",
    "# HELP m # x",
    "# HELP m x # y",
  ],
  ...[
    "# TYPE",
    "# TYPE ",
    "# TYPE m",
    "# TYPE m ",
    "# TYPE m  counter",
    "# TYPE m counter ",
    "# TYPE m\tcounter",
  ],
  ...[
    "# TYPE m count",
    "# TYPE m counters",
    "# TYPE m counter gauge",
    "# type m counter",
    "# TYPES m counter",
  ],
  ...[
    '# TYPE "m" counter',
    '# TYPE "m.n" counter\n{"m.n"} 1',
    "# TYPE m{} counter",
    "# TYPE m,n counter",
  ],
  ...[
    "# UNIT",
    "# UNIT ",
    "# UNIT m",
    "# UNIT m ",
    "# UNIT m s",
    "# UNIT m_s s",
    "# UNIT m_s s ",
    "# UNIT m_s  s",
  ],
  ...["# UNIT s s", "# UNIT _s s", "# UNIT m_seconds s", "# UNIT m_s seconds", '# UNIT "m.n_s" s'],
  ...[
    "# UNIT m_a_b a_b",
    "# UNIT m_a_b b",
    "# UNIT m_é é",
    '# UNIT "m_é" é',
    "# unit m_s s",
    "# UNITm_s s",
  ],
  ...[
    "# EO",
    "# EOFX",
    "#EOF",
    "# eof",
    "#  EOF",
    "# EOF x",
    "# E",
    "# ",
    "#x",
    "# x",
    "#\0",
    "# \0",
    "# x\0y",
  ],
  ...[
    "# HELP m a\0b",
    "# TYPE m\0 counter",
    "# TYPE m counter\0",
    "# HELP \0 x",
    "#\0x\n# TYPE m counter",
  ],
  "# HELP a 1\n# HELP b 2\n# TYPE b counter\n# TYPE a gauge\nb 1\na 1",
  "# HELP a 1\n# HELP a 2\n# HELP a",
  "# TYPE a counter\n# TYPE a counter\na 1",
  "# TYPE a_total counter\na_total 1\n# TYPE a gauge\na 2",
  "# UNIT a_s s\n# UNIT a_s\n# UNIT a_s ",
  "# TYPE a_s counter\n# UNIT a_s s\n# HELP a_s text\na_s_total 1\na_s_created 1",
  "# HELP a_s text\n# UNIT a_s s\n# TYPE a_s counter\na_s_total 1\na_s_created 1",
];

const DUPLICATES: readonly string[] = [
  "m 1\nm 2",
  "m 1 5\nm 2 5",
  "m 1 5\nm 2 6",
  "m 1\nm 2 5",
  "m 1 5\nm 2",
  'm{a="1",b="2"} 1\nm{b="2",a="1"} 2',
  'm{l=""} 1\nm 2',
  "m{} 1\nm 2",
  '{"m"} 1\nm 2',
  'm{l="v",} 1\nm{l="v"} 2',
  '# TYPE m summary\nm{quantile="1"} 1\nm{quantile="1.0"} 2',
  '# TYPE m histogram\nm_bucket{le="1"} 1\nm_bucket{le="1.0"} 2',
];

/** Classic histograms, which may be made native ones. */
function histograms(): string[] {
  const parts = [
    ['h_bucket{le="1"} 1', 'h_bucket{le="+Inf"} 2', "h_sum 3", "h_count 2"],
    ['h_bucket{le="1"} 1', "h_sum 3", "h_count 2"],
    ['h_bucket{le="1"} 1', 'h_bucket{le="+Inf"} 2'],
    ['h_bucket{le="+Inf"} 2', 'h_bucket{le="1"} 1', "h_count 2", "h_sum 3"],
    ['h_bucket{le="2"} 1', 'h_bucket{le="1"} 1', 'h_bucket{le="+Inf"} 2', "h_count 2"],
    ['h_bucket{le="1"} 3', 'h_bucket{le="2"} 1', 'h_bucket{le="+Inf"} 2', "h_count 2"],
    ['h_bucket{le="1"} 1', 'h_bucket{le="1.0"} 2', 'h_bucket{le="+Inf"} 2', "h_count 2"],
    ['h_bucket{le="1"} 1.5', 'h_bucket{le="+Inf"} 2.5', "h_sum 3", "h_count 2.5"],
    ['h_bucket{le="1"} -1', 'h_bucket{le="+Inf"} 2', "h_count 2"],
    ['h_bucket{le="1"} 1', 'h_bucket{le="+Inf"} 2', "h_count 3"],
    ['h_bucket{le="1"} 5', "h_count 3"],
    ['h_bucket{le="NaN"} 1', 'h_bucket{le="+Inf"} 2', "h_count 2"],
    ['h_bucket{le="x"} 1', 'h_bucket{le="+Inf"} 2', "h_count 2"],
    ["h_bucket{} 1", 'h_bucket{le="+Inf"} 2', "h_count 2"],
    ['h_bucket{le="-1"} 1', 'h_bucket{le="-Inf"} 1', 'h_bucket{le="+Inf"} 2', "h_count 2"],
    ['h_bucket{le="1"} NaN', 'h_bucket{le="+Inf"} 2', "h_count 2"],
    ['h_bucket{le="1"} +Inf', 'h_bucket{le="+Inf"} +Inf', "h_count +Inf"],
    ['h_bucket{le="1"} 1e30', 'h_bucket{le="+Inf"} 2e30', "h_count 2e30"],
    ['h_bucket{le="1"} 9007199254740993', "h_count 18446744073709551615"],
    ['h_bucket{le="1"} 1 5', 'h_bucket{le="+Inf"} 2 6', "h_sum 3 7", "h_count 2 8"],
    ['h_bucket{le="1"} 1 5', 'h_bucket{le="+Inf"} 2 5', "h_sum 3 5", "h_count 2 5"],
    ["h_sum 3", "h_count 2"],
    ["h_count 2"],
    ["h_sum 3"],
    ["h 1", "h_count 2", "h 2"],
    ["h_count 0", "h_sum 0"],
    ["h_count 0"],
    ["h_count -1"],
    ["h_count NaN"],
    ["h_count 1.5", "h_sum NaN"],
    ['h_bucket{le="+Inf"} 2', "h_sum 3"],
    [
      'h_bucket{a="1",le="1"} 1',
      'h_count{a="1"} 1',
      'h_bucket{a="2",le="1"} 1',
      'h_count{a="2"} 1',
    ],
    [
      'h_bucket{a="1",le="1"} 1',
      'h_bucket{a="2",le="1"} 1',
      'h_count{a="1"} 1',
      'h_count{a="2"} 1',
    ],
    ['h_bucket{a="1",le="1"} 1', "x 1", 'h_count{a="1"} 1'],
    ['h_bucket{le="1"} 1', "# TYPE g gauge", "h_count 1"],
    ['h_bucket{le="1"} 1', "# HELP h text", "h_count 1"],
    ['h_bucket{le="1"} 1', "h_count 1", "h_created 5"],
    ['h_bucket{le="1"} 1', "h_created 5", "h_count 1"],
    ["h_created 5", 'h_bucket{le="1"} 1', "h_count 1"],
    ['h_bucket{le="1"} 1', "h_count 1", "h_count 1", 'h_bucket{le="1"} 1'],
    ['h_bucket{le="1"} 1', "other_count 1", "h_count 1"],
    ['h_bucket{le="1",quantile="2"} 1', 'h_count{quantile="2"} 1'],
    ['h_bucket{le="1",le="2"} 1', "h_count 1"],
    ['h_bucket{le=""} 1', "h_count 1"],
    ['{"h_bucket",le="1"} 1', '{"h_count"} 1'],
    ['{"h_bucket","le"="1"} 1', '{"h_count"} 1', '{"h_sum"} 2'],
    ['h_bucket{__name__="g_bucket",le="1"} 1', "h_count 1"],
    ['h_bucket{le="1"} 1 # {a="b"} 0.5', "h_count 1"],
    ['h_bucket{le="1"} 1 # {a="b"} 0.5 7', 'h_count 1 # {a="c"} 1 6', "h_sum 2"],
    ['h_bucket{le="1"} 1 # {a="b"} 0.5 7', 'h_bucket{le="2"} 1 # {a="b"} 0.5 7', "h_count 1"],
    ['h_bucket{le="1"} 1 # {a="b"} 0.5 7', "h_count 0"],
    [
      'h_bucket{le="1"} 5 # {a="b"} 0.5 7',
      "h_count 3",
      'h_bucket{a="1",le="1"} 1',
      'h_count{a="1"} 1',
    ],
    [
      'h_bucket{le="1"} 5 # {a="b"} 0.5',
      "h_count 5",
      'h_bucket{a="1",le="1"} 1',
      'h_count{a="1"} 1',
    ],
  ].map((lines) => lines.join("\n"));
  return ["histogram", "gaugehistogram", "summary", "gauge"].flatMap((type) =>
    parts.map((lines) => `# TYPE h ${type}\n${lines}`)
  );
}

/** What OpenMetrics has beyond: exemplars and starts. */
function openTokens(): string[] {
  const series = '# TYPE m counter\nm_total{l="v"} 1';
  const created = 'm_created{l="v"}';
  return [
    ...NUMBERS.flatMap((number) => [
      `${series} # {a="b"} ${number}`,
      `${series}\n${created} ${number}`,
      `# TYPE h histogram\nh_bucket{le="${number}"} 1 # {a="b"} 1 2\nh_bucket{le="+Inf"} 1\nh_count 1\nh_sum 1`,
    ]),
    ...TIMES.map((time) => `${series} # {a="b"} 1 ${time}`),
    ...NAMES.map((name) => `${series} # {${name}="b"} 1`),
    ...QUOTED.flatMap((text) => [
      `${series} # {a="${text}"} 1`,
      `${series} # {"${text}"="b"} 1`,
      `# TYPE "${text}" counter\n{"${text}_total",l="v"} 1\n{"${text}_created",l="v"} 2`,
    ]),
    ...BLANKS.flatMap((blank) => [
      `${series}${blank}# {a="b"} 1`,
      `${series} #${blank}{a="b"} 1`,
      `${series} # {${blank}a="b"} 1`,
      `${series} # {a="b"${blank}} 1`,
      `${series} # {a="b"}${blank}1`,
      `${series} # {a="b"} 1${blank}2`,
      `${series} # {a="b"} 1 2${blank}`,
      `${series} # {a=${blank}"b"} 1`,
    ]),
    ...[
      ...["# {} 1", '# {a="b"}', '# {a="b"} 1 2 3', '# {a="b",} 1', "# {,} 1", '# {a="b",,} 1'],
      ...[
        '# {a="b",a="c"} 1',
        '# {a="b",c="d"} 1',
        '# {"a.b"} 1',
        '# {"a.b"="c"} 1',
        '# {"a.b",} 1',
      ],
      ...[
        '# {a="b"} 1 # {c="d"} 2',
        "# 1",
        "# a 1",
        '# {a="b" 1',
        "# {a=b} 1",
        '# {z="1",a="2"} 1',
      ],
      ...[
        `# {a="${"x".repeat(127)}"} 1`,
        `# {a="${"x".repeat(128)}"} 1`,
        `# {a="${"é".repeat(127)}"} 1`,
      ],
      ...[
        '5 # {a="b"} 1',
        '5 # {a="b"} 1 6',
        "5 #",
        "#",
        "# ",
        "5 6",
        '#{a="b"} 1',
        '# {a="\\""} 1',
        '# {a="\\n"} 1',
      ],
      ...['# {__name__="x"} 1', '# {a=""} 1', '# {a="b"} +Inf', '# {a="b"} 0x1p4'],
    ].map((exemplar) => `${series} ${exemplar}`),
    ...TYPES.map((type) => `# TYPE m ${type}\nm 1 # {a="b"} 1\nm_total 1 # {a="c"} 1\nm_created 5`),
    ...STARTS,
  ];
}

const STARTS: readonly string[] = [
  "# TYPE m counter\nm_created 5\nm_total 1",
  "# TYPE m counter\nm_total 1\nm_created 5\nm_created 6",
  "# TYPE m counter\nm_total 1\nx_created 5\nm_created 6",
  "# TYPE m counter\nm_total 1\nx 5\nm_created 6",
  "# TYPE m counter\nm_total 1\n# HELP m x\nm_created 6",
  '# TYPE m counter\nm_total 1\nm_total{a="b"} 2\nm_created{a="b"} 6\nm_created 7',
  '# TYPE m counter\nm_total{a="b",c="d"} 2\nm_created{c="d",a="b"} 6',
  '# TYPE m counter\nm_total{a="b"} 2\nm_created{"a"="b"} 6',
  '# TYPE m counter\nm_total{a="b",} 2\nm_created{a="b"} 6',
  "# TYPE m counter\nm_total 1 5\nm_created 6 7",
  '# TYPE m counter\nm_total 1 # {a="b"} 1\nm_created 6 # {a="c"} 1',
  "# TYPE m counter\nm 1\nm_created 6",
  "# TYPE m counter\nmm_total 1\nm_created 6",
  "# TYPE m counter\nmm_total 1\nmm_created 6",
  "# TYPE m counter\nm_total 1\nmm_created 6",
  "# TYPE m_created counter\nm_created 1",
  "# TYPE m_created counter\nm_created_total 1\nm_created_created 5",
  "# TYPE m counter\n_created 1\nm_total 1\n_created 3",
  '# TYPE m summary\nm{quantile="0.5"} 1\nm_count 1\nm_sum 1\nm_created 5',
  '# TYPE m summary\nm{quantile="0.5",le="1"} 1\nm_created{le="1"} 5',
  '# TYPE m histogram\nm_bucket{le="1"} 1\nm_count 1\nm_sum 1\nm_created 5',
  '# TYPE m histogram\nm_bucket{le="1",quantile="1"} 1\nm_created{quantile="1"} 5\nm_count 1',
  '# TYPE m gaugehistogram\nm_bucket{le="1"} 1\nm_created 5',
  "# TYPE m gauge\nm 1\nm_created 5",
  '# TYPE m info\nm_info{a="b"} 1\nm_created 5',
  "# TYPE m unknown\nm 1\nm_created 5",
  "m_total 1\nm_created 5",
  "# TYPE m counter\nm_total 1\nm_created 5\n# TYPE n counter\nn_total 1\nn_created 6",
  "# TYPE m counter\nm_total 1\n# TYPE n counter\nm_created 6",
  '# TYPE m counter\nm_total 1\nm_created 0\nm_total{a="b"} 1\nm_created{a="b"} -1',
  '# TYPE m counter\nm_total 1\nm_created NaN\nm_total{a="b"} 1\nm_created{a="b"} +Inf',
  '# TYPE "m.n" counter\n{"m.n_total"} 1\n{"m.n_created"} 5',
  '# TYPE "m.n" counter\n{"m.n_total",a="b"} 1\n{"m.n_created",a="b"} 5',
  '# TYPE "m.n" counter\n{a="b","m.n_total"} 1\n{a="b","m.n_created"} 5',
  '# TYPE m counter\n{"m_total"} 1\nm_created 5',
  '# TYPE m counter\nm_total 1\n{"m_created"} 5',
  "# TYPE mm counter\nm_total 1\nm_created 5",
];

function ends(): string[] {
  const page = "m 1";
  return [
    ...[
      "",
      "\n",
      "# EOF",
      "# EOF\n",
      "# EOF\n\n",
      "# EOF\n# EOF\n",
      "# EOF x",
      "\n# EOF\n",
      "# EOF\nm 1\n",
    ],
    ...["#EOF", "# eof\n", "# EOF\r\n", "# EOF\0", "# EO", "# ", "#", "\0", "# EOF ", " # EOF"]
      .flatMap((
        end,
      ) => [end, `${page}\n${end}`, `${page}${end}`]),
    `${page}\n# EOF`,
    `${page}\n\n# EOF\n`,
    `\n${page}\n# EOF\n`,
    `${page}\n`,
    page,
    `${page} 5`,
    `${page} # {a="b"} 1`,
    `${page} # {a="b"} 1\n# EOF`,
    `${page}\r\n# EOF\r\n`,
    "# HELP m text",
    "# HELP m text\n",
    "# TYPE m counter",
    "# TYPE m counter\n# EOF",
  ];
}

function textEnds(): string[] {
  const page = "m 1";
  return [
    ...[
      "",
      "\n",
      "\n\n",
      " ",
      "\t",
      " \n",
      "\r\n",
      "\0",
      "\0\nn 1\n",
      "#",
      "# EOF",
      "# EOF\n",
      "\n\nn 2\n\n",
    ].flatMap(
      (end) => [end, `${page}\n${end}`, `${page}${end}`],
    ),
    "\ufeffm 1\n",
    "m 1\r\nn 2\r\n",
    "m 1\rn 2\r",
    "# HELP m text",
    "# TYPE m counter",
    "m 1 5",
    'm{l="v"',
    'm{l="v',
    'm{l="v\\',
    '{"m',
    "m{",
    "m",
    "m ",
  ];
}

/** The examples of OpenMetrics, written after its grammar: each type, all that it may say, in the order that it wants. */
export function specifiedPages(): string[] {
  return [
    `# TYPE acme_http_router_request_seconds summary
# UNIT acme_http_router_request_seconds seconds
# HELP acme_http_router_request_seconds Latency though all of ACME's HTTP request router.
acme_http_router_request_seconds_sum{path="/api/v1",method="GET"} 9036.32
acme_http_router_request_seconds_count{path="/api/v1",method="GET"} 807283.0
acme_http_router_request_seconds_created{path="/api/v1",method="GET"} 1605281325.0
acme_http_router_request_seconds_sum{path="/api/v2",method="POST"} 479.3
acme_http_router_request_seconds_count{path="/api/v2",method="POST"} 34.0
acme_http_router_request_seconds_created{path="/api/v2",method="POST"} 1605281325.0
# TYPE go_goroutines gauge
# HELP go_goroutines Number of goroutines that currently exist.
go_goroutines 69
# TYPE process_cpu_seconds counter
# UNIT process_cpu_seconds seconds
# HELP process_cpu_seconds Total user and system CPU time spent in seconds.
process_cpu_seconds_total 4.20072246e+06
`,
    `# TYPE foo counter
foo_total 17.0 1520879607.789
foo_created 1520430000.123
# TYPE bar counter
bar_total{a="b"} 17.0 1520879607.789 # {trace_id="oHg5SJYRHA0"} 1.5 1520879600
`,
    `# TYPE foo gauge
foo_a 1
# TYPE foo_seconds gauge
# UNIT foo_seconds seconds
foo_seconds{a="bb"} 0 123
foo_seconds{a="ccc"} -1.5e-9 123.25
`,
    `# TYPE foo stateset
foo{foo="a"} 1
foo{foo="bb"} 0
foo{foo="ccc"} 0
# TYPE bar stateset
bar{entity="controller",bar="a"} 1.0
bar{entity="replica",bar="a"} 0.0
`,
    `# TYPE foo info
foo_info{entity="controller",name="pretty name",version="8.2.7"} 1.0
foo_info{entity="replica",name="prettier name",version="8.1.9"} 1.0
`,
    `# TYPE foo histogram
foo_bucket{le="0.01"} 0
foo_bucket{le="0.1"} 8 # {} 0.054
foo_bucket{le="1"} 11 # {trace_id="KOO5S4vxi0o"} 0.67
foo_bucket{le="10"} 17 # {trace_id="oHg5SJYRHA0"} 9.8 1520879607.789
foo_bucket{le="+Inf"} 17
foo_count 17
foo_sum 324789.3
foo_created 1520430000.123
`,
    `# TYPE foo gaugehistogram
foo_bucket{le="0.01"} 20.0
foo_bucket{le="0.1"} 25.0 123
foo_bucket{le="1"} 34.0
foo_bucket{le="+Inf"} 42.0
foo_gcount 42.0
foo_gsum 3289.3
`,
    `# TYPE foo summary
foo{quantile="0.95"} 123.7
foo{quantile="0.99"} 150
foo{quantile="1"} NaN
foo_count 17.0
foo_sum 324789.3
foo_created 1520430000.123
`,
    `# TYPE foo unknown
foo{a="\\\\ \\" \\n"} 42.23
foo{} +Inf
foo{a=""} -Inf
`,
    `# HELP foo A text with \\" and \\\\ and \\n in it, and ünïcödé.
# TYPE foo counter
foo_total{a="ünïcödé 日本"} 1e9 1.5e9
foo_created{a="ünïcödé 日本"} 1.4e9
`,
    "",
  ].map((page) => `${page}# EOF\n`);
}
