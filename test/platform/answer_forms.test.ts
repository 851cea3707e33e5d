import { defaultPlatform } from "../../src/platform/default.ts";
import { answerFormsContract } from "../contract/answer_forms.contract.ts";

const { name } = await defaultPlatform();

answerFormsContract(name, async () => (await defaultPlatform()).http);
