/** The forms that a token of a page can have, good and bad ones. */

export const NUMBERS: readonly string[] = [
  ..."0 -0 +0 00 1 +1 -1 --1 +-1 007 1. .5 . 1.5.2 1e3 1E3 1e+3 1e-3 1e 1e+ e1 1e3.5".split(" "),
  ..."0x1p-1 0X1P4 0x1 0x_1p4 0x1.8p1 0x1.8 0x.8p0 0xp1 0x1p 0x1p+ 0x1e 0b1 0o7".split(" "),
  ..."1_000 1_0.5 _1 1_ 1__0 1e1_0 0x1_0p1 0x1p1_0".split(" "),
  ..."Inf +Inf -Inf inf +inf -INF iNf Infinity -infinity +INFINITY Infin infi infx".split(" "),
  ..."NaN nan NAN +NaN -NaN -nan NaN1 nanx NaNaN".split(" "),
  ..."1e308 1.7976931348623157e308 1.7976931348623159e308 1e309 -1e309 1e999999999999".split(" "),
  ..."5e-324 2.4703282292062328e-324 2.4703282292062327e-324 1e-400 -1e-400 1e-999999999".split(
    " ",
  ),
  ..."2.2250738585072011e-308 9007199254740993 123456789012345678901234567890".split(" "),
  "0.1000000000000000055511151231257827021181583404541015625",
  `${"9".repeat(310)}`,
  `0.${"0".repeat(320)}1e321`,
  `1${"0".repeat(790)}e-790`,
  ..."1,5 1'000 1f 1d 0x 1i true ٣ ½ １ − 1\u00a0 \u00a01 1\0 \x001 1\r 1\v 1# 1{ 1} \"1\" '1' $1 1;"
    .split(
      " ",
    ),
  "",
];

export const TIMES: readonly string[] = [
  ..."0 1 -1 +1 -0 1700000000 1700000000000 1700000000.5 1700000000.0004 1700000000.9999".split(
    " ",
  ),
  ..."9223372036854775807 9223372036854775808 -9223372036854775808 99999999999999999999".split(" "),
  ..."9223372036854775.807 9223372036854775.808 -9223372036854775.808 9223372036854775.8".split(
    " ",
  ),
  ..."1e3 1e-3 1e15 1e16 1e18 1e300 -1e300 1e309 0x10 0x1p10 1_000 1. .5 NaN -NaN Inf -Inf".split(
    " ",
  ),
  ..."1: 1- 1a a 1.5.2 1\r 1\t 1\0 # {} 1# 0.0005 0.0015 1.0005 -0.0005 00000000000000000001".split(
    " ",
  ),
];

export const NAMES: readonly string[] = [
  ...'a A _ : a:b a_b a1 1a 1 :a _1 a-b a.b a/b é aé a\u00a0b __name__ __a a\0b \0a a\rb a{ a} a"'
    .split(
      " ",
    ),
  ..."a_total a_created a_bucket a_count a_sum a_info a_gcount a_gsum le quantile".split(" "),
  "",
];

/** What stands between quotes. */
export const QUOTED: readonly string[] = [
  ..."a.b a é 日本 𝄞 a\0b \0 1 a{b a}b a,b a=b a#b # a'b __name__ le".split(" "),
  ...["", " ", "a b", " a", "a ", "a\tb", "a\\b", "a\\", "a\\\\", "a\\\\\\", "a\\\\n", "a\\n"],
  ...["\\n", '\\"', 'a\\"b', 'a"b', "a\\x", "a\\t", "a\\u0041", "a\\\nb", "a\nb", "a\r\nb", "\\\0"],
  ...["a\ufeffb", "\ufffd", "a\u2028b", "\\é", "a\\0b", "a\\\\\nb", "x".repeat(200), "a\rb"],
];

export const BLANKS: readonly string[] = [
  ...["", " ", "  ", "\t", " \t ", "\u00a0", "\v", "\f", "\r", "\n", "\0", "\u3000"],
];
