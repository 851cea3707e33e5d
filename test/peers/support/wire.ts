/** A version of remote write. */
export type Wire = "1.0" | "2.0";

/** How a request says which one it is. */
export const WIRE_HEADERS: Readonly<Record<Wire, Readonly<Record<string, string>>>> = {
  "1.0": {
    "content-type": "application/x-protobuf",
    "x-prometheus-remote-write-version": "0.1.0",
  },
  "2.0": {
    "content-type": "application/x-protobuf;proto=io.prometheus.write.v2.Request",
    "x-prometheus-remote-write-version": "2.0.0",
  },
};
