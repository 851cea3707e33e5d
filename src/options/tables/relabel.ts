import { isLabelName } from "../../relabel/label_name.ts";
import { whyNoPattern } from "../../relabel/pattern.ts";
import {
  DEFAULT_REGEX,
  DEFAULT_REPLACEMENT,
  DEFAULT_SEPARATOR,
  RELABEL_ACTIONS,
  type RelabelAction,
} from "../../relabel/rule.ts";
import { brokenRule } from "../../relabel/validate.ts";
import { block, defaulted, optional } from "../block.ts";
import type { CheckedRelabelConfig } from "../checked.ts";
import { type Broken, check } from "../checks.ts";
import { kindOf, list, nested, text, uint64 } from "../kinds.ts";
import type { Block, Kind } from "../table.ts";
import type { RelabelConfig } from "../types.ts";
import type { NameValidationScheme } from "../values.ts";

const RULES_MAX = 1000;
const SOURCE_LABELS_MAX = 100;

const SOURCE_LABEL = text(
  "a label name that is valid Unicode and not empty",
  (input) => isLabelName(input, "utf8") ? input : undefined,
);

/** A text in which `$` means what the rule says; Prometheus takes nothing after the colon for an empty one. */
function ruleText(): Kind<string, string> {
  const kind = text(
    "a text that is valid Unicode",
    (input) => input === "" || isLabelName(input, "utf8") ? input : undefined,
  );
  return { ...kind, written: "template" };
}

function regex(): Kind<string, string> {
  const kind = text(
    (input) => {
      const why = typeof input === "string" ? whyNoPattern(input) : undefined;
      return `a regular expression in Go's syntax (RE2)${why === undefined ? "" : `: ${why}`}`;
    },
    (input) => whyNoPattern(input) === undefined ? input : undefined,
  );
  return { ...kind, written: "template" };
}

function action(): Kind<RelabelAction, RelabelAction> {
  const known: readonly string[] = RELABEL_ACTIONS;
  const one = check<RelabelAction>(`one of ${known.join(", ")}`, (input) => {
    const lower = typeof input === "string" ? input.toLowerCase() : "";
    return known.includes(lower) ? lower as RelabelAction : undefined;
  });
  return { ...kindOf<RelabelAction, RelabelAction>(one, "RelabelAction", "text"), texts: known };
}

/** One rule for the labels of a series or of a target. */
export const RELABEL: Block<RelabelConfig, CheckedRelabelConfig> = block(
  "RelabelConfig",
  "A rule that changes the labels of a series, or drops it, as `relabel_config` of Prometheus.",
  {
    sourceLabels: optional(list(SOURCE_LABEL, "name", { min: 0, max: SOURCE_LABELS_MAX }), {
      doc: "Labels whose values, with `separator` between them, are what the rule looks at; a " +
        "label that is not there is empty.",
    }),
    separator: defaulted(ruleText(), DEFAULT_SEPARATOR, {
      doc: "Stands between these values; it can be empty.",
    }),
    regex: optional(regex(), {
      doc: "A regular expression of Go (RE2) that has to match all of the value, in which `.` " +
        "also matches a newline.",
      defaultDoc: `"${DEFAULT_REGEX}"`,
    }),
    modulus: defaulted(uint64(), 0, {
      doc: "For `hashmod`: what the MD5 of the value is divided by.",
    }),
    targetLabel: defaulted(ruleText(), "", {
      doc: "The label that is set; `replace` fills in groups of `regex`, such as `${1}`.",
      defaultDoc: "none",
    }),
    replacement: defaulted(ruleText(), DEFAULT_REPLACEMENT, {
      doc: "What `replace` sets the label to and `labelmap` names labels, by the rules of Go's " +
        "`Expand`: `$1x` is the group named `1x`, `${1}x` the first group and an x, `$$` a " +
        "dollar. A label whose value would be empty is deleted.",
    }),
    action: defaulted(action(), "replace", {
      doc: "What the rule does; in any letter case.",
    }),
  },
  { rule: (config) => brokenRule(config, "utf8") },
);

/** Rules that are applied one after the other. */
export function relabelConfigs(): Kind<readonly RelabelConfig[], readonly CheckedRelabelConfig[]> {
  return list(nested(RELABEL), "rule", { min: 0, max: RULES_MAX });
}

/** What is wrong with rules where names are held to a scheme that the rules do not know. */
export function* relabelContradictions(
  configs: readonly CheckedRelabelConfig[],
  names: NameValidationScheme,
  path: readonly (string | number)[],
): Generator<Broken> {
  // With UTF-8 names each rule has been checked on its own.
  if (names === "utf8") return;
  for (const [index, config] of configs.entries()) {
    for (const [part, message] of brokenRule(config, names)) {
      yield [[...path, index, part], message];
    }
  }
}
