import { Breach } from "./breach";
import type { Target } from "./targets";

const text = (bytes: Uint8Array) => Buffer.from(bytes).toString("utf8");

/** Code with a defect of each kind, by which the tests know that the fuzzer finds one. */
export const faulty: readonly Target[] = [
  {
    name: "crashes",
    seeds: [Buffer.from("a: 1\nb: 2\nc: 3\n")],
    run: (bytes) => {
      if (text(bytes).includes("0x1F")) throw new TypeError("nobody thought of it");
    },
  },
  {
    name: "breaks",
    seeds: [Buffer.from("a: 1\n")],
    run: (bytes) => {
      if (text(bytes).includes("\t")) throw new Breach("a tab got through");
    },
  },
  {
    name: "slow",
    seeds: [Buffer.from("a: 1\n")],
    run: (bytes) => {
      const spent = () => process.cpuUsage().user + process.cpuUsage().system;
      const ends = spent() + 1_100_000;
      if (text(bytes).includes("b")) while (spent() < ends);
    },
  },
  {
    name: "endless",
    seeds: [Buffer.from("a: 1\nb: 2\nc: 3\n")],
    run: (bytes) => {
      const more = text(bytes).includes("0x1F");
      while (more);
    },
  },
  { name: "sound", seeds: [Buffer.from("a: 1\n")], run: () => undefined },
];
