// Requests at a constant rate, read whole and looked at for their usage, as lockstep evidence load does.
import { check } from "k6";
import http from "k6/http";

const rate = Number(__ENV.RATE);
export const options = {
  scenarios: {
    chat: {
      executor: "constant-arrival-rate",
      rate,
      timeUnit: "1s",
      duration: `${__ENV.SECONDS}s`,
      preAllocatedVUs: rate,
    },
  },
  summaryTrendStats: ["p(50)", "p(95)", "p(99)"],
};

const params = { headers: { "content-type": "application/json", authorization: "Bearer sk-stub" } };

export default function () {
  const answer = http.post(`${__ENV.URL}/v1/chat/completions`, __ENV.BODY, params);
  check(answer, { whole: ({ status, body }) => status === 200 && body.includes('"usage"') });
}
