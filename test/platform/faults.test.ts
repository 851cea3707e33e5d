import { defaultPlatform } from "../../src/platform/default.ts";
import { httpFaultsContract } from "../contract/http_faults.contract.ts";

const { name } = await defaultPlatform();

httpFaultsContract(name, async () => (await defaultPlatform()).http);
