/** How targets, and those who name targets, are asked: the rows of all HTTP clients, for GET. */
import { defaulted } from "../../block.ts";
import { flag } from "../../kinds.ts";
import { HTTP_CLIENT, type HttpClientRows } from "../http_client.ts";

/** Who walq is, and how it connects. */
export const CLIENT: HttpClientRows = {
  ...HTTP_CLIENT,
  followRedirects: defaulted(flag(), true, {
    doc: "Follow redirects; what says who walq is goes to the first host alone.",
  }),
};
