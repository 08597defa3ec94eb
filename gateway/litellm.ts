import type { ErrorClass } from "../config/schema/routes";

/**
 * LiteLLM's configuration file, version 1.106.2, as far as it is written here. Key names and their meaning
 * were read in that version's source and tried on the running proxy; newer versions may read them otherwise.
 */
export interface ProxyConfig {
  model_list: ProxyDeployment[];
  router_settings: Record<string, unknown> & {
    fallbacks?: Fallbacks;
    context_window_fallbacks?: Fallbacks;
    content_policy_fallbacks?: Fallbacks;
    model_group_retry_policy?: Record<string, Record<string, unknown>>;
  };
  litellm_settings: Record<string, unknown>;
  general_settings: Record<string, unknown>;
}

/** One target of one route. Entries with one `model_name` are a model group: what a client calls. */
export interface ProxyDeployment {
  model_name: string;
  litellm_params: Record<string, unknown> & { model: string };
  model_info: Record<string, unknown>;
}

/** One-key maps from a model group to the groups tried after it. */
export type Fallbacks = Record<string, string[]>[];

/** The stem of LiteLLM's name for each class of error: `<stem>Retries`, `<stem>AllowedFails`. */
export const errorStems = {
  rateLimit: "RateLimitError",
  timeout: "TimeoutError",
  serverError: "InternalServerError",
  serviceUnavailable: "ServiceUnavailableError",
  badRequest: "BadRequestError",
  authentication: "AuthenticationError",
  notFound: "NotFoundError",
  contentPolicy: "ContentPolicyViolationError",
} as const satisfies Record<ErrorClass, string>;

/**
 * Errors that the configuration has no class for count as server errors: those without a key in
 * `retry_policy` (502, broken connections), and 502 in `allowed_fails_policy`, where it has one.
 */
export const otherRetriesKey = "DefaultRetries";
export const badGatewayFailsKey = "BadGatewayErrorAllowedFails";

/** LiteLLM reads a string with this prefix, wherever it stands, from its environment. */
export const environmentPrefix = "os.environ/";

/** The port that the proxy listens on. */
export const proxyPort = 4000;

/** The first part of the keys of request logs in the bucket: `requests/2026-03-01/….json`. */
export const requestLogPrefix = "requests";

/** What a rendering takes beside the configuration. */
export interface RenderOptions {
  /** SHA-256 over the stack's mirrored values, in hexadecimal. */
  behaviourHash: string;
  /** The contents of prompts, tools and schemas, by the path that the configuration names them with. */
  files: ReadonlyMap<string, string>;
}
