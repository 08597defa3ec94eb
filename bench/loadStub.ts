/**
 * A gateway that is never the bottleneck: it streams one answer of a few words after 20 ms. A process of its own, so
 * that its CPU time is not its callers'. The first argument is the behaviour hash that it reports.
 */
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";

const hash = process.argv[2] ?? "";
const event = (body: object) => `data: ${JSON.stringify(body)}\n\n`;
const model = "stub";
const first = event({ model, choices: [{ index: 0, delta: { role: "assistant", content: "Your order " } }] });
const rest = [
  event({ model, choices: [{ index: 0, delta: { content: "is on its way." } }] }),
  event({ model, choices: [{ index: 0, delta: {}, finish_reason: "stop" }] }),
  event({ model, choices: [], usage: { prompt_tokens: 100, completion_tokens: 8, total_tokens: 108 } }),
  "data: [DONE]\n\n",
].join("");
const info = { model_name: model, litellm_params: {}, model_info: { lockstep: { behaviour_hash: hash } } };

/** When chat requests came, in milliseconds. */
let arrivals: number[] = [];

const server = createServer((request, response) => {
  if (request.url === "/model/info") return void response.end(JSON.stringify({ data: [info] }));
  if (request.url === "/taken") {
    const { user, system } = process.cpuUsage();
    response.end(JSON.stringify({ cpuSeconds: (user + system) / 1e6, arrivals }));
    arrivals = [];
    return;
  }
  arrivals.push(performance.now());
  request.resume();
  request.on("end", () => {
    setTimeout(() => {
      response.writeHead(200, { "content-type": "text/event-stream", "x-litellm-response-cost": "0" });
      response.write(first);
      setTimeout(() => response.end(rest), 10);
    }, 20);
  });
});
server.keepAliveTimeout = 60_000;
server.listen(0, "127.0.0.1", () => {
  process.stdout.write(`http://127.0.0.1:${(server.address() as AddressInfo).port}\n`);
});
