import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { type FileAction, toFileError } from "../../src/platform/file_errors.ts";

function codeOf(systemCode: string, action: FileAction = "write"): string {
  return toFileError(Object.assign(new Error("x"), { code: systemCode }), action, "/f").code;
}

describe("toFileError", () => {
  it("maps the codes of the system", () => {
    const codes = {
      ENOENT: "not_found",
      EEXIST: "exists",
      ENOSPC: "no_space",
      EDQUOT: "no_space",
      EROFS: "read_only",
      EACCES: "not_permitted",
      EPERM: "not_permitted",
      EMFILE: "too_many_open",
      ENFILE: "too_many_open",
      EIO: "io",
      EISDIR: "io",
      EXDEV: "io",
      toString: "io",
    };
    for (const [system, code] of Object.entries(codes)) assert.equal(codeOf(system), code, system);
  });

  it("says link_unsupported only of links", () => {
    for (const code of ["EXDEV", "EMLINK", "ENOTSUP", "EOPNOTSUPP", "EPERM"]) {
      assert.equal(codeOf(code, "link"), "link_unsupported", code);
      assert.notEqual(codeOf(code, "rename"), "link_unsupported", code);
    }
    assert.equal(codeOf("EEXIST", "link"), "exists");
    assert.equal(codeOf("EACCES", "link"), "not_permitted");
  });

  it("goes by the class where Deno gives no code", () => {
    const error = Object.assign(new Error("Requires write access"), { name: "NotCapable" });
    const mapped = toFileError(error, "write", "/f");
    assert.equal(mapped.code, "not_permitted");
    assert.equal(mapped.message, "Cannot write /f: not_permitted (Requires write access)");
    assert.equal(mapped.cause, error);
  });

  it("takes whatever is thrown", () => {
    assert.equal(toFileError("boom", "read", "/f").message, "Cannot read /f: io (boom)");
  });
});
