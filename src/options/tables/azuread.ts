import { block, defaulted, optional, required } from "../block.ts";
import type {
  CheckedAzureAd,
  CheckedAzureClient,
  CheckedAzureManagedIdentity,
  CheckedAzureWorkloadIdentity,
} from "../checked.ts";
import type { Broken } from "../checks.ts";
import { choice, filled, nested, path, secret, text } from "../kinds.ts";
import type { Block } from "../table.ts";
import type {
  AzureAd,
  AzureClient,
  AzureManagedIdentity,
  AzureWorkloadIdentity,
} from "../types.ts";

const UUID = /^[0-9a-f]{8}-?(?:[0-9a-f]{4}-?){3}[0-9a-f]{12}$/i;

const CLIENT_ID = text("a UUID", (input) => UUID.test(input) ? input : undefined);
const TENANT_ID = text(
  'letters, digits, "-" and "."',
  (input) => /^[0-9A-Za-z.-]+$/.test(input) ? input : undefined,
);

const MANAGED_IDENTITY: Block<AzureManagedIdentity, CheckedAzureManagedIdentity> = block(
  "AzureManagedIdentity",
  "An identity that the virtual machine has.",
  {
    clientId: optional(CLIENT_ID, {
      doc: "Which of its identities: a UUID.",
      defaultDoc: "the one that the system gave it",
    }),
  },
);

const WORKLOAD_IDENTITY: Block<AzureWorkloadIdentity, CheckedAzureWorkloadIdentity> = block(
  "AzureWorkloadIdentity",
  "An identity that a pod has in Kubernetes.",
  {
    clientId: required(CLIENT_ID, { doc: "The application: a UUID." }),
    tenantId: required(TENANT_ID, { doc: "Its directory." }),
    tokenFilePath: defaulted(path("file"), "/var/run/secrets/azure/tokens/azure-identity-token", {
      doc: "A file that holds the token of Kubernetes; read again as `passwordFile` of " +
        "`basicAuth`. A start does not look for it.",
    }),
  },
);

const CLIENT: Block<AzureClient, CheckedAzureClient> = block(
  "AzureClient",
  "An application and its secret.",
  {
    clientId: required(CLIENT_ID, { doc: "The application: a UUID." }),
    clientSecret: required(
      secret("a text that is not empty", (text) => text !== ""),
      { doc: "Its secret, never logged." },
    ),
    tenantId: required(TENANT_ID, { doc: "Its directory." }),
  },
  { hides: true },
);

/** Who walq is, by Azure AD. */
export const AZURE_AD: Block<AzureAd, CheckedAzureAd> = block(
  "AzureAd",
  "A token of Azure AD (Microsoft Entra ID), which is got again before it ends.",
  {
    cloud: defaulted(
      choice("AzureCloud", ["AzurePublic", "AzureGovernment", "AzureChina"]),
      "AzurePublic",
      { doc: "Whose login gives it out." },
    ),
    scope: optional(filled(), {
      doc: "What it is for.",
      defaultDoc: "Azure Monitor of that cloud",
    }),
    managedIdentity: optional(nested(MANAGED_IDENTITY), {
      doc: "By the host's metadata service. One of the three has to be given.",
    }),
    workloadIdentity: optional(nested(WORKLOAD_IDENTITY), { doc: "By a token of Kubernetes." }),
    oauth: optional(nested(CLIENT), { doc: "By a secret." }),
  },
  { rule: oneWay },
);

const WAYS = ["managedIdentity", "workloadIdentity", "oauth"] as const;

function* oneWay(given: CheckedAzureAd): Generator<Broken> {
  const [first, second] = WAYS.filter((way) => given[way] !== undefined);
  if (first === undefined) {
    yield [[], "expected one of managedIdentity, workloadIdentity and oauth"];
  }
  if (second !== undefined) {
    yield [second, `given together with ${first}, expected at most one of them`];
  }
}
