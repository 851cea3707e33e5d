/** Installs what `npm run test:peers` needs, which does it itself otherwise: for CI, beside `npm test`. */
import { install } from "./peer_packages.ts";

install();
