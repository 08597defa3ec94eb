/**
 * The days that are kept, and no others: a query without a condition on the day reads no more than those.
 * https://docs.aws.amazon.com/athena/latest/ug/partition-projection-supported-types.html
 */
export const projection = (location: string, retentionDays: number) => ({
  "projection.enabled": "true",
  "projection.day.type": "date",
  "projection.day.format": "yyyy-MM-dd",
  "projection.day.range": `NOW-${retentionDays}DAYS,NOW`,
  "projection.day.interval": "1",
  "projection.day.interval.unit": "DAYS",
  "storage.location.template": `${location}\${day}/`,
});

/**
 * LiteLLM's StandardLoggingPayload. What has one shape is typed; messages, response and parameters differ
 * from call to call and are JSON texts, for `json_extract`. Times are seconds since 1970; the time to first
 * token is `completionstarttime - starttime`.
 */
const columns: Record<string, string> = {
  id: "string",
  litellm_call_id: "string",
  trace_id: "string",
  session_id: "string",
  call_type: "string",
  cache_hit: "boolean",
  stream: "boolean",
  status: "string",
  status_fields: "struct<llm_api_status:string,guardrail_status:string>",
  custom_llm_provider: "string",
  starttime: "double",
  endtime: "double",
  completionstarttime: "double",
  response_time: "double",
  model: "string",
  model_group: "string",
  model_id: "string",
  api_base: "string",
  response_cost: "double",
  prompt_tokens: "bigint",
  completion_tokens: "bigint",
  total_tokens: "bigint",
  request_tags: "array<string>",
  end_user: "string",
  requester_ip_address: "string",
  user_agent: "string",
  metadata:
    "struct<user_api_key_alias:string,user_api_key_team_id:string,user_api_key_team_alias:string," +
    "usage_object:struct<prompt_tokens:bigint,completion_tokens:bigint,total_tokens:bigint," +
    "prompt_tokens_details:struct<cached_tokens:bigint>>>",
  messages: "string",
  response: "string",
  model_parameters: "string",
  hidden_params: "string",
  error_str: "string",
  // Put in by our callback: what the gateway was that wrote the record.
  lockstep: "struct<behaviour_hash:string>",
  error_information: "struct<error_code:string,error_class:string,llm_provider:string,error_message:string>",
};

/**
 * Keys are matched as they are written and mapped where a column cannot be: with `case.insensitive`, two
 * request headers that differ in case only would make a record unreadable. Malformed records fail the query:
 * a result over part of the log must not pass for one over all of it.
 * https://docs.aws.amazon.com/athena/latest/ug/openx-json-serde.html
 */
export const storage = (location: string) => ({
  location,
  inputFormat: "org.apache.hadoop.mapred.TextInputFormat",
  outputFormat: "org.apache.hadoop.hive.ql.io.HiveIgnoreKeyTextOutputFormat",
  serDeInfo: {
    serializationLibrary: "org.openx.data.jsonserde.JsonSerDe",
    parameters: {
      "case.insensitive": "false",
      "ignore.malformed.json": "false",
      "mapping.starttime": "startTime",
      "mapping.endtime": "endTime",
      "mapping.completionstarttime": "completionStartTime",
    },
  },
  columns: Object.entries(columns).map(([name, type]) => ({ name, type })),
});
