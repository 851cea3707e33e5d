import { HASHES, HTML, SCRIPT, STYLE } from "./assets.ts";
import type { PageFile } from "./serve_file.ts";

/** The files of the page: those that the document names have a hash in their address, and so never change. */
export const PAGE_FILES: Readonly<Record<"html" | "script" | "style", PageFile>> = {
  html: {
    text: HTML,
    type: "text/html; charset=utf-8",
    hash: HASHES.html,
    isFixed: false,
  },
  script: {
    text: SCRIPT,
    type: "text/javascript; charset=utf-8",
    hash: HASHES.script,
    isFixed: true,
  },
  style: { text: STYLE, type: "text/css; charset=utf-8", hash: HASHES.style, isFixed: true },
};
