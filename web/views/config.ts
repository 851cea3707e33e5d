import { address, ask } from "../api.ts";
import { button, h, setText } from "../dom.ts";
import type { Shown } from "../view.ts";

/** The configuration as it is in use. */
export function config(): Shown {
  const text = h("pre", {
    tabindex: 0,
    role: "region",
    "aria-label": "The configuration, as YAML",
  });
  const said = h("p", { role: "status" });
  const load = async (): Promise<void> => {
    try {
      setText(text, (await ask<{ yaml: string }>(address("api/v1/status/config"))).yaml);
      setText(said, "");
    } catch (error) {
      setText(said, (error as Error).message);
    }
  };
  void load();
  const element = h(
    "div",
    {},
    h("h1", { tabindex: -1 }, "Configuration"),
    h("p", {}, "As it is in use, with what the file leaves to defaults; secrets are hidden. "),
    h("div", { class: "buttons" }, button("Read again", () => void load())),
    said,
    text,
  );
  return { title: "Configuration", element, view: "overview" };
}
